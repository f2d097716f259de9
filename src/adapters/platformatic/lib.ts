import type { Connection } from '@platformatic/kafka';

/** The client library; imported on first use because it is slow to load. */
export type Lib = typeof import('@platformatic/kafka');

/** One of the library's request functions, at a fixed protocol version. */
export interface Api<Args extends unknown[], Answer> {
	async(connection: Connection, ...args: Args): Promise<Answer>;
}

/**
 * The protocol versions used, all of which brokers from 3.2 to 4.x speak. Fixed rather than negotiated:
 * what was tested is what is sent. ListGroups alone falls back, to v4 for brokers before 3.8.
 */
export const requests = (lib: Lib) => ({
	apiVersions: lib.apiVersionsV3.api,
	metadata: lib.metadataV12.api,
	describeCluster: lib.describeClusterV0.api,
	createTopics: lib.createTopicsV7.api,
	deleteTopics: lib.deleteTopicsV6.api,
	listOffsets: lib.listOffsetsV7.api,
	fetch: lib.fetchV13.api,
	produce: lib.produceV9.api,
	describeConfigs: lib.describeConfigsV4.api,
	describeLogDirs: lib.describeLogDirsV3.api,
	describeProducers: lib.describeProducersV0.api,
	listTransactions: lib.listTransactionsV0.api,
	describeTransactions: lib.describeTransactionsV0.api,
	describeAcls: lib.describeAclsV2.api,
	describeQuotas: lib.describeClientQuotasV0.api,
	alterQuotas: lib.alterClientQuotasV0.api,
	findCoordinator: lib.findCoordinatorV4.api,
	initProducerId: lib.initProducerIdV4.api,
	addPartitionsToTxn: lib.addPartitionsToTxnV3.api,
	endTxn: lib.endTxnV3.api,
	listGroups: lib.listGroupsV5.api,
	listGroupsUntyped: lib.listGroupsV4.api,
	describeGroups: lib.describeGroupsV5.api,
	consumerGroupDescribe: lib.consumerGroupDescribeV0.api,
	offsetFetch: lib.offsetFetchV8.api,
	offsetCommit: lib.offsetCommitV8.api,
	offsetDelete: lib.offsetDeleteV0.api,
	leaveGroup: lib.leaveGroupV5.api,
});

export type Requests = ReturnType<typeof requests>;
