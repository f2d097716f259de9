/** What a robot found when it began, and how it puts that back; it gives what it changed. */
export interface Robot {
	putBack(): Promise<string[]>;
}
