/** How the CLI is bundled; `build.ts` does it. */
import { glob, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

/**
 * `@platformatic/kafka` compiles 38 JSON schemas with ajv when it is imported (0.8 s). This stand-in compiles each
 * when it is first used.
 */
const lazyClass = `
export class Ajv2020 {
	#calls = [];
	#options;
	#ajv;
	constructor(options) { this.#options = options; }
	get #real() {
		if (!this.#ajv) {
			const { Ajv2020: Ajv } = require('ajv/dist/2020.js');
			this.#ajv = new Ajv(this.#options);
			for (const definition of this.#calls) this.#ajv.addKeyword(definition);
		}
		return this.#ajv;
	}
	addKeyword(definition) { this.#calls.push(definition); return this; }
	compile(schema) {
		let validate;
		const lazy = (data) => {
			validate ??= this.#real.compile(schema);
			const valid = validate(data);
			lazy.errors = validate.errors;
			return valid;
		};
		return lazy;
	}
	errorsText(...args) { return this.#real.errorsText(...args); }
}`;

const lazyAjv: Plugin = {
	name: 'lazy-ajv',
	setup({ onResolve, onLoad }) {
		onResolve({ filter: /^ajv\/dist\/2020\.js$/ }, ({ namespace, resolveDir }) =>
			namespace === 'lazy-ajv' ? undefined : { path: 'ajv', namespace: 'lazy-ajv', pluginData: resolveDir },
		);
		onLoad({ filter: /.*/, namespace: 'lazy-ajv' }, ({ pluginData }) => ({
			resolveDir: pluginData,
			contents: lazyClass,
		}));
	},
};

/**
 * The modules of oclif all require each other on top, and with each other semver, globbing, readline and child_process: half
 * of the time `--help` took. Here each is required where it is first used.
 */
const lazyOclif: Plugin = {
	name: 'lazy-oclif',
	setup({ onLoad }) {
		onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, async ({ path }) => {
			let contents = requireOnUse(await readFile(path, 'utf8'));
			for (const [slow, quick] of slowInOclif) contents = contents.replaceAll(slow, quick);
			return { contents };
		});
	},
};

/** What the compiler of TypeScript writes, `const x_1 = require("x")` and `x_1.y`, with the `require` moved to each `x_1.y`; not where `x_1` is used whole. */
function requireOnUse(source: string): string {
	const declared = /^(?:const|var) (\w+_\d+) = ((?:__importDefault\()?require\("[^"]+"\)\)?);$/gm;
	let text = source;
	for (const [line, name, value] of source.matchAll(declared)) {
		if (new RegExp(`\\b${name}\\b(?! =|\\.)`).test(source)) continue;
		// In parentheses, because `new x_1().y()` is another thing than `new (x_1()).y()`.
		text = text
			.replace(line, `const ${name} = () => ${value};`)
			.replace(new RegExp(`\\b${name}\\.`, 'g'), `(${name}()).`);
	}
	return text;
}

const slowInOclif = [
	// Windows' Linux is Linux to kdr; to know better, it reads /proc and loads child_process.
	["(await import('wsl-utils'))", '({ isWsl: false })'],
	// Ids of commands are ASCII; the first localeCompare loads the tables of all languages (7 ms).
	['a.id.localeCompare(b.id)', '(a.id < b.id ? -1 : 1)'],
	// Loaded for nobody, it would look at the terminal (5 ms).
	[
		'(0, (debug_1()).default)(namespace)',
		'(process.env.DEBUG ? (debug_1()).default(namespace) : Object.assign(() => {}, { enabled: false }))',
	],
	// Texts of help are no programs: these two names are all they ask for. The compiler of templates took 5 ms.
	[
		'return (ejs_1()).default.render(t, context);',
		"const text = t.replaceAll('<%= config.bin %>', context.config?.bin).replaceAll('<%= command.id %>', context.command?.id); return text.includes('<%') ? (ejs_1()).default.render(t, context) : text;",
	],
] as const;

/** Tables of Unicode that every command would build when it starts (20 ms), and that only text needs which is not ASCII. */
const lazyWidth: Plugin = {
	name: 'lazy-width',
	setup({ onLoad }) {
		onLoad({ filter: /[\\/]string-width[\\/]index\.js$/ }, async ({ path }) => {
			const source = await readFile(path, 'utf8');
			const contents = source.replace(
				/^const (segmenter|rgiEmojiRegex) = (.+);$/gm,
				'let made_$1; const $1 = () => (made_$1 ??= $2);',
			);
			return { contents: contents.replace(/\b(segmenter|rgiEmojiRegex)\./g, '$1().') };
		});
	},
};

/**
 * An `import` of these two reads all they export, and so loads worker_threads, streams and promises (10 ms); a call loads what is
 * asked for.
 */
const lazyBuiltIns: Plugin = {
	name: 'lazy-built-ins',
	setup({ onResolve, onLoad }) {
		onResolve({ filter: /^(?:node:)?(?:fs|util)$/ }, ({ path, kind }) =>
			kind === 'import-statement' ? { path, namespace: 'lazy-built-ins' } : undefined,
		);
		onLoad({ filter: /.*/, namespace: 'lazy-built-ins' }, ({ path }) => ({
			contents: `module.exports = process.getBuiltinModule('${path}');`,
		}));
	},
};

/** kdr asks no schema registry: what those of `@platformatic/kafka` import (avsc, a second ajv) is left out. */
const noRegistries: Plugin = {
	name: 'no-registries',
	setup({ onLoad }) {
		onLoad({ filter: /@platformatic[\\/]kafka[\\/]dist[\\/]registries[\\/]index\.js$/ }, () => ({ contents: '' }));
	},
};

/** Bundles src/ into `outdir`: one entry per command, shared code in chunks. Returns what went where, paths from the root. */
export async function bundle(outdir: string): Promise<Metafile> {
	const commands = await Array.fromAsync(glob('src/commands/**/*.ts', { cwd: root }));
	const processes = await Array.fromAsync(glob('src/lab/*/main.ts', { cwd: root }));
	const { metafile } = await build({
		absWorkingDir: root,
		entryPoints: ['src/cli/main.ts', ...commands, ...processes],
		outbase: 'src',
		outdir,
		metafile: true,
		bundle: true,
		splitting: true,
		format: 'esm',
		platform: 'node',
		target: 'node22',
		// ES modules where a package has them: of a bundled CommonJS one a dynamic import would only see `default`.
		mainFields: ['module', 'main'],
		// Half the text to read and hash at each start; names stay, for stack traces.
		minifySyntax: true,
		minifyWhitespace: true,
		sourcemap: true,
		chunkNames: 'chunks/[name]-[hash]',
		plugins: [lazyAjv, lazyOclif, lazyWidth, lazyBuiltIns, noRegistries],
		// The same module with its WebAssembly inside, instead of a file beside the code.
		alias: { '@platformatic/wasm-utils': join(dirname(require.resolve('@platformatic/wasm-utils')), 'bundled.js') },
		// Bundled CommonJS (oclif, kafkajs) still asks for these. Not by `import`, which would load all of node:fs's streams.
		banner: {
			js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;",
		},
		logLevel: 'warning',
	});
	return metafile;
}
