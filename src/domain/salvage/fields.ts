/** One field: bytes (null apart from empty), or a number of a stated size. */
export type Value = Buffer | null | { byte: number } | { int32: number } | { int64: bigint };

/** Reads fields one after the other; numbers are big-endian, bytes have an INT32 length in front, −1 for null. */
export class Fields {
	readonly #bytes: Buffer;
	readonly #short: () => Error;
	#at = 0;

	/** `short`: what is thrown when the bytes do not hold what is asked for. */
	constructor(bytes: Buffer, short: () => Error) {
		this.#bytes = bytes;
		this.#short = short;
	}

	static encode(values: readonly Value[]): Buffer {
		return Buffer.concat(values.flatMap(encoded));
	}

	#take(length: number): Buffer {
		if (length < 0 || this.#at + length > this.#bytes.length) throw this.#short();
		const taken = this.#bytes.subarray(this.#at, this.#at + length);
		this.#at += length;
		return taken;
	}

	byte = (): number => this.#take(1).readUInt8();
	int32 = (): number => this.#take(4).readInt32BE();
	int64 = (): bigint => this.#take(8).readBigInt64BE();

	/** A copy: what it is cut from may be large. */
	bytes(): Buffer | null {
		const length = this.int32();
		return length === -1 ? null : Buffer.from(this.#take(length));
	}

	text(): string {
		return this.bytes()?.toString('utf8') ?? '';
	}

	/** How many follow: each takes a byte at least. */
	count(): number {
		const count = this.int32();
		if (count < 0 || count > this.#bytes.length) throw this.#short();
		return count;
	}

	end(): void {
		if (this.#at !== this.#bytes.length) throw this.#short();
	}
}

function encoded(value: Value): Buffer[] {
	const number = Buffer.alloc(8);
	if (value === null || Buffer.isBuffer(value)) {
		number.writeInt32BE(value?.length ?? -1);
		return value ? [number.subarray(0, 4), value] : [number.subarray(0, 4)];
	}
	if ('byte' in value) return [Buffer.from([value.byte])];
	if ('int32' in value) {
		number.writeInt32BE(value.int32);
		return [number.subarray(0, 4)];
	}
	number.writeBigInt64BE(value.int64);
	return [number];
}
