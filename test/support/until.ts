/** Polls until the condition gives a value other than null, undefined or false; fails with `what` after `ms`. */
export async function until<T>(
	what: string,
	ms: number,
	condition: () => Promise<T | null | undefined | false>,
): Promise<T> {
	const deadline = performance.now() + ms;
	for (;;) {
		const value = await condition();
		if (value !== null && value !== undefined && value !== false) return value;
		if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}
