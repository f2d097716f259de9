import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/domain/report/report.ts';
import type { EstateName } from '../../src/lab/estate.ts';
import type { LedgerResult } from '../../src/lab/ledger/compute.ts';
import { KdrProcess } from './kdr.ts';
import { outside } from './outside.ts';
import { expectClaimsHold, standbyKnowsGroups, trafficArrives } from './truth.ts';

/** A lab of one estate and what is done on it. */
export class EstateLab {
	readonly kdr: KdrProcess;
	readonly #estate: EstateName;

	constructor(estate: EstateName) {
		this.#estate = estate;
		this.kdr = new KdrProcess(estate);
	}

	up = () => this.kdr.up('--estate', this.#estate);
	down = () => this.kdr.down();
	/** Of kafkajs clients alone where four brokers leave a small machine no room for further JVMs. */
	traffic = () =>
		this.kdr.inLab('traffic', '--detach', ...(this.#estate === 'hostile' ? ['--clients', 'kafkajs,hasty'] : []));
	outside = () => outside(this.kdr.labState());
	move = (verb: string, to: string, ...args: string[]) =>
		this.kdr.ok<{ report: Report }>(verb, '--to', to, '--confirm', to, ...args);

	/** Once every client is active on `side`: what they and both clusters say of the whole story so far. */
	async ledger(side: string, ...args: string[]): Promise<LedgerResult> {
		await trafficArrives(this.kdr, side);
		await this.kdr.inLab('traffic', '--stop');
		return await this.kdr.inLab<LedgerResult>('ledger', ...args);
	}
}

/** `positions`: how many pairs of group and partition the estate's traffic has. */
export function tellStory(estate: EstateName, { positions }: { positions: number }): void {
	describe(`estate ${estate}`, () => {
		const lab = new EstateLab(estate);
		beforeAll(lab.up);
		afterAll(lab.down);
		let before: LedgerResult | undefined;

		it('switchovers there and back under live traffic lose and skip nothing, and leave everything outside of the link as it was', async () => {
			const untouched = await lab.outside();
			for (const to of ['west', 'east']) {
				await lab.traffic();
				const { report } = await lab.move('switchover', to);
				expect(report.loss).toMatchObject({ records: '0' });
				const truth = await lab.ledger(to);
				expect(truth.totals).toMatchObject({ lost: 0, orphans: 0, skipped: 0, phantoms: 0, copied: 0, leftBehind: 0 });
				expectClaimsHold(truth, report, before);
				expect(await lab.outside()).toEqual(untouched);
				before = truth;
			}
		});

		it('a failover from a killed cluster skips nothing, and its claims cover the truth', async () => {
			await lab.traffic();
			await standbyKnowsGroups(lab.kdr, 'west', positions);
			await lab.kdr.inLab('kill', 'east');
			const { report } = await lab.move('failover', 'west', '--accept-loss', '1h');
			const truth = await lab.ledger('west', '--allow-loss');
			expect(truth.totals).toMatchObject({ skipped: 0, leftBehind: 0 });
			expectClaimsHold(truth, report, before);
		});
	});
}
