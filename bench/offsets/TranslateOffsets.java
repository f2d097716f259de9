import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.connect.mirror.RemoteClusterUtils;

/** What users are told to do: RemoteClusterUtils.translateOffsets for each group. Prints how many partitions each call gave. */
public class TranslateOffsets {
    public static void main(String[] args) throws Exception {
        Properties file = new Properties();
        try (var in = new java.io.FileInputStream(args[0])) { file.load(in); }
        Map<String, Object> properties = new HashMap<>();
        file.forEach((name, value) -> properties.put((String) name, value));
        properties.put("bootstrap.servers", args[1]);
        properties.put("replication.policy.class", "org.apache.kafka.connect.mirror.IdentityReplicationPolicy");
        for (int i = 2; i < args.length; i++) {
            long begun = System.nanoTime();
            int partitions = RemoteClusterUtils.translateOffsets(properties, "east", args[i], Duration.ofSeconds(60)).size();
            System.out.println(args[i] + " " + partitions + " " + (System.nanoTime() - begun) / 1_000_000);
        }
    }
}
