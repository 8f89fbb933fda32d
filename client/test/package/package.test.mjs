import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, it } from 'vitest';

const client = fileURLToPath(new URL('../../', import.meta.url));
const about = JSON.parse(readFileSync(`${client}package.json`, 'utf8'));
const directory = mkdtempSync(join(tmpdir(), 'client-package-'));
let tarball;
let files;

beforeAll(() => {
  rmSync(`${client}dist`, { recursive: true, force: true });
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: client });
  const packed = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', directory], { cwd: client, encoding: 'utf8' }));
  const [{ filename, files: names }] = Array.isArray(packed) ? packed : Object.values(packed);
  tarball = readFileSync(join(directory, filename));
  files = names.map(({ path }) => path);
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('publint has nothing to say', async () => {
  const { messages, pkg } = await publint({ pkgDir: client, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

it('the types of every entry are found by Node and by bundlers', async () => {
  const { problems, types } = await checkPackage(createPackageFromTarballData(tarball));
  expect(types).toMatchObject({ kind: 'included' });
  // It is an ES module: require() and resolution as it was before `exports` are not for it.
  const ours = problems.filter(({ resolutionKind, resolutionOption, kind }) => resolutionKind !== 'node10' && resolutionOption !== 'node10' && kind !== 'CJSResolvesToESM');
  expect(ours).toEqual([]);
});

it('it has what it exports, README, LICENSE and MACHINE.md, and no test', () => {
  for (const { types, default: code } of Object.values(about.exports)) {
    expect(files).toContain(types.slice(2));
    expect(files).toContain(code.slice(2));
  }
  expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'MACHINE.md', 'package.json']));
  expect(files.filter((name) => /test\/|\.test\.|^src/.test(name))).toEqual([]);
});
