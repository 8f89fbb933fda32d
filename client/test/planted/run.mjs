// Plants each bug in a copy of the client and says which tests notice: node test/planted/run.mjs [part of a name]
// Exits 1 if one lives, or was never planted. Writes README.md beside it.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUGS } from './bugs.mjs';

const client = fileURLToPath(new URL('../../', import.meta.url));
const target = `${client}target/planted`;
const WORKERS = 3;
const STEPS = 150_000;
const SEEDS = [1, 2, 3];
const PROPERTY = 'machine.property';
const OTHERS = ['test/machine.table.test.ts', 'test/link.test.ts', 'test/live.test.ts', 'test/events.test.ts', 'test/writes.test.ts', 'test/clock.test.ts', 'test/react.test.ts', 'test/adapters.test.ts'];
/** Starting takes longer than the tests: once is enough. */
const ONE_THREAD = ['--pool=threads', '--poolOptions.threads.singleThread', '--no-isolate'];
/** What takes longer has not come to an end: it is noticed too. */
const LIMIT_MS = 120_000;

/** Whether a command succeeds. */
async function succeeds(directory, command, ...args) {
  const run = spawn(command, args, { cwd: directory, stdio: 'ignore', detached: true });
  const timer = setTimeout(() => process.kill(-run.pid, 'SIGKILL'), LIMIT_MS);
  const code = await new Promise((resolve) => run.on('close', resolve));
  clearTimeout(timer);
  return code === 0;
}

/** The files with a test that fails. */
async function failing(directory) {
  const report = `${directory}/report.json`;
  rmSync(report, { force: true });
  if (await succeeds(directory, 'npx', 'vitest', 'run', '--bail=1', '--reporter=json', `--outputFile=${report}`, ...ONE_THREAD, ...OTHERS)) {
    return [];
  }
  try {
    const failed = JSON.parse(readFileSync(report, 'utf8')).testResults.filter(({ status }) => status === 'failed');
    return failed.map(({ name }) => name.slice(name.lastIndexOf('/') + 1).replace('.test.ts', ''));
  } catch {
    return ['no test came to an end'];
  }
}

/** Whether the property test fails, without what a test runner takes to start. */
async function propertyFails(directory) {
  const calls = SEEDS.map((seed) => `await runSchedules(${Math.ceil(STEPS / SEEDS.length)}, ${seed}, false);`).join('\n');
  await build({
    stdin: { contents: `import { runSchedules } from './test/schedules.ts';\n${calls}`, resolveDir: directory, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    outfile: `${directory}/property.mjs`,
  });
  return !(await succeeds(directory, process.execPath, 'property.mjs'));
}

async function noticed(directory, { file, from, to }) {
  cpSync(`${client}src`, `${directory}/src`, { recursive: true });
  const path = `${directory}/src/${file}`;
  const code = readFileSync(path, 'utf8');
  if (code.split(from).length !== 2) {
    throw new Error(`${file} has ${code.split(from).length - 1} times: ${from}`);
  }
  writeFileSync(path, code.replace(from, () => to));
  return file.startsWith('core/') && (await propertyFails(directory)) ? [PROPERTY] : failing(directory);
}

const only = process.argv[2] ?? '';
const UNHURT = { name: 'nothing', file: 'core/machine.ts', from: 'export function step(', to: 'export function step(' };
const queue = BUGS.filter(({ name }) => name.includes(only));
for (const { file, from } of queue) {
  const times = readFileSync(`${client}src/${file}`, 'utf8').split(from).length - 1;
  if (times !== 1) {
    throw new Error(`${file} has ${times} times: ${from}`);
  }
}
const results = new Map();
const began = Date.now();

async function worker(number) {
  const directory = `${target}/${number}`;
  mkdirSync(directory, { recursive: true });
  for (const name of ['test', 'MACHINE.md', 'package.json', 'tsconfig.json']) {
    cpSync(`${client}${name}`, `${directory}/${name}`, { recursive: true });
  }
  for (let bug = queue.shift(); bug !== undefined; bug = queue.shift()) {
    const by = await noticed(directory, bug);
    results.set(bug, by);
    console.log(`${by.length === 0 ? 'LIVES  ' : 'noticed'} ${bug.name}: ${by.join(', ')}`);
  }
}

rmSync(target, { recursive: true, force: true });
mkdirSync(`${target}/0`, { recursive: true });
for (const name of ['test', 'MACHINE.md', 'package.json', 'tsconfig.json']) {
  cpSync(`${client}${name}`, `${target}/0/${name}`, { recursive: true });
}
const unhurt = await noticed(`${target}/0`, UNHURT);
if (unhurt.length > 0) {
  throw new Error(`without a bug there fail: ${unhurt.join(', ')}`);
}
await Promise.all(Array.from({ length: WORKERS }, (_, number) => worker(number)));
rmSync(target, { recursive: true, force: true });

const README = new URL('README.md', import.meta.url);
/** Who noticed a bug: in this run, or in the last one that had it. */
const noticers = new Map(
  readFileSync(README, 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5)
    .map(([, name, , by]) => [name, by]),
);
for (const [{ name }, by] of results) {
  noticers.set(name, by.join(', ') || 'nobody');
}
const known = BUGS.filter(({ name }) => noticers.has(name));
const lives = known.filter(({ name }) => noticers.get(name) === 'nobody');
const core = known.filter(({ file }) => file.startsWith('core/'));
const byProperty = core.filter(({ name }) => noticers.get(name) === PROPERTY);
const summary = `${known.length} of ${BUGS.length} bugs, ${lives.length} live; ${byProperty.length} of the ${core.length} in the machine are noticed by the property test alone`;
console.log(`planted ${results.size} in ${Math.round((Date.now() - began) / 1_000)} s; ${summary}`);
writeFileSync(
  README,
  `# Planted bugs

Each of these is planted in a copy of the client, one at a time, and the tests are run: \`node test/planted/run.mjs\`, which fails if one lives; of some only, with a
part of their names, it writes their rows. The property test comes first and runs ${STEPS.toLocaleString('en-US')} steps from the seeds ${SEEDS.join(', ')} (for those in \`core/\` only: it has no other
part of the client in it); what it does not notice the other tests must.

${summary}.

| bug | in | noticed by |
| --- | --- | --- |
${known.map(({ name, file }) => `| ${name} | ${file} | ${noticers.get(name)} |`).join('\n')}
`,
);
process.exit(lives.length > 0 || known.length < BUGS.length ? 1 : 0);
