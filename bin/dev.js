#!/usr/bin/env node
// Runs the commands straight from src/ (Node strips the types): no build step.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execute } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
pjson.oclif.commands = './src/commands';
await execute({ dir: root, loadOptions: { root, pjson, ignoreManifest: true } });
