/** Calls `work` for every item, at most `limit` at a time; rejects with the first error. */
export async function forEachConcurrent<T>(
	items: readonly T[],
	limit: number,
	work: (item: T) => Promise<void>,
): Promise<void> {
	const open = items.values();
	const worker = async (): Promise<void> => {
		for (const item of open) await work(item);
	};
	await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
