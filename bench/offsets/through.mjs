// Loaded before kdr (`node --import`): connections to the addresses of BENCH_FAR go through the proxies that stand for them.
// Brokers name their own addresses to clients, so a proxy can be put between them in no other way.
import { Socket } from 'node:net';

const instead = new Map((process.env.BENCH_FAR ?? '').split(' ').map((pair) => pair.split('=')));
const { connect } = Socket.prototype;

Socket.prototype.connect = function connectThrough(...args) {
	const [first] = args;
	const options = Array.isArray(first) ? first[0] : first;
	const proxy =
		typeof options === 'object' && options !== null ? instead.get(`${options.host}:${options.port}`) : undefined;
	if (proxy) {
		const at = proxy.lastIndexOf(':');
		Object.assign(options, { host: proxy.slice(0, at), port: Number(proxy.slice(at + 1)) });
	}
	return connect.apply(this, args);
};
