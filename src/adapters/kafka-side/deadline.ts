/** Our own deadline passed; the work behind it may still continue. */
export class DeadlinePassed extends Error {
	constructor(ms: number) {
		super(`no answer within ${ms} ms`);
		this.name = 'DeadlinePassed';
	}
}

/** The work's result, or DeadlinePassed after `ms`. The work itself is not stopped. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const passed = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new DeadlinePassed(ms)), ms);
	});
	try {
		return await Promise.race([work, passed]);
	} finally {
		clearTimeout(timer);
	}
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
