// Plants each bug of bugs.mjs in a copy of the repository and asks the simulation, then the tests that are named, whether
// they notice; first, that none of the tests notices anything without a bug. Writes docs/planted-bugs.md; of some bugs only,
// their rows. Exits with 1 if a bug lives. What tests need beside the copy comes as Maven's options in TEST_OPTIONS.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bugs } from "./bugs.mjs";

const PACKAGE = "service/src/main/java/com/tenantlist/live/";
const SCHEDULES = 100_000;
const root = process.cwd();
const copy = join(root, "target/planted");
const wanted = process.argv.slice(2);
const chosen = bugs.filter((bug) => !wanted.length || wanted.some((words) => bug.name.includes(words)));
const options = (process.env.TEST_OPTIONS ?? "").split("\n").filter(Boolean);
const isSql = (bug) => bug.file.endsWith(".sql");
const fileOf = (bug) => join(copy, bug.file.startsWith("/") ? bug.file : PACKAGE + bug.file);
const testsOf = (bug) => (bug.tests ?? "").split(",").filter(Boolean);

const text = (command, ...args) => execFileSync(command, args, { cwd: copy, encoding: "utf8", maxBuffer: 1 << 28 });
const maven = (...args) => spawnSync("mvn", ["-B", "-o", "-pl", "service", ...args], { cwd: copy, encoding: "utf8", maxBuffer: 1 << 28 });

rmSync(copy, { recursive: true, force: true });
mkdirSync(join(root, "target"), { recursive: true });
execFileSync("git", ["clone", "--quiet", root, copy]);
console.log("building the copy …");
const built = spawnSync("mvn", ["-q", "-B", "install", "-DskipTests", "-pl", ".,protocol,page,service"], { cwd: copy, stdio: "inherit" });
if (built.status !== 0) throw new Error("the copy does not build");
const CLASSES = ["service/target/classes", "service/target/test-classes"];
for (const classes of CLASSES) text("cp", "-r", classes, `${classes}.sound`);
const classPath = readFileSync(join(copy, "service/target/dev.classpath"), "utf8").trim();

for (const bug of chosen) {
  if (!readFileSync(fileOf(bug), "utf8").includes(bug.from)) throw new Error(`${bug.name}: ${bug.file} has no such text any more`);
}

// Without the compiler's checks: a planted bug need not be pretty. All of the service, since constants are copied from class to class.
function compile(bug) {
  text("cp", "-r", "migrations/.", "service/target/classes/migrations/");
  if (isSql(bug)) return;
  const [main, test] = CLASSES;
  const isTest = bug.file.includes("/src/test/");
  const sources = isTest ? [fileOf(bug)] : text("find", "service/src/main/java", "-name", "*.java").trim().split("\n");
  text("javac", "-nowarn", "-proc:none", "-implicit:none", "-parameters", "-d", isTest ? test : main, "-cp", [test, main, classPath].join(":"), ...sources);
}

function restore() {
  for (const classes of CLASSES) {
    rmSync(join(copy, classes), { recursive: true, force: true });
    text("cp", "-r", `${classes}.sound`, classes);
  }
}

function notices(test, ...settings) {
  const run = maven("surefire:test", `-Dtest=${test}`, "-Dsurefire.failIfNoSpecifiedTests=false", "-Dsurefire.skipAfterFailureCount=1", ...options, ...settings);
  if (!/Tests run: [1-9]/.test(run.stdout)) throw new Error("no test ran: " + run.stdout.slice(-2000));
  return run.status === 0 ? null : run.stdout;
}

const document = join(root, "docs/planted-bugs.md");
const rows = new Map(
  readFileSync(document, "utf8")
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5)
    .map(([, name, where, by]) => [name, { name, where, by }]),
);
// Which test noticed a bug the last time is asked first, and its method alone: that takes seconds, a class a minute.
const lastOf = (bug) => {
  const [, test, method] = /^`(\w+)(\.\w+)?`$/.exec(rows.get(bug.name)?.by ?? "") ?? [];
  return testsOf(bug).includes(test) ? test + (method ?? "").replace(".", "#") : null;
};
const sound = new Set();
function mustPass(...tests) {
  const asked = tests.filter((test) => !sound.has(test));
  if (!asked.length) return;
  const noticed = notices(asked.join());
  if (noticed !== null) throw new Error(`one of ${asked} fails without a bug: ${noticed.slice(-3000)}`);
  asked.forEach((test) => sound.add(test));
}
mustPass(...new Set(chosen.flatMap((bug) => lastOf(bug) ?? testsOf(bug))));

/** Who noticed, for the table, and the test that was asked, if it was one. */
function whoNotices(bug) {
  const last = lastOf(bug);
  const first = last && noticedBy(last);
  if (first) return first;
  // The simulation's database is one of its own.
  const simulated = isSql(bug) ? null : notices("SimulationTest#every*", `-Dsimulation.schedules=${bug.schedules ?? SCHEDULES}`, "-Dsimulation.seed=1");
  if (simulated !== null) {
    const found = simulated.match(/seed \d+: (?:dashboard-\d+ \([^)]*\): )?([^:[]*)/);
    return { by: `simulation: ${found ? found[1].trim() : "ended with an error"}` };
  }
  for (const test of testsOf(bug).filter((test) => test !== last)) {
    const noticed = noticedBy(test);
    if (noticed) return noticed;
  }
  return { by: "nothing" };
}

function noticedBy(test) {
  const output = notices(test);
  if (output === null) return null;
  const [name] = test.split("#");
  const method = output.match(new RegExp(`\\b${name}\\.(\\w+)[^\n]* -- Time elapsed[^\n]*<<<`))?.[1];
  return { by: `\`${method ? `${name}.${method}` : name}\``, test };
}

for (const bug of chosen) {
  const file = fileOf(bug);
  const before = readFileSync(file, "utf8");
  writeFileSync(file, before.replace(bug.from, () => bug.to));
  compile(bug);
  const { by, test } = whoNotices(bug);
  writeFileSync(file, before);
  restore();
  if (test) mustPass(test);
  rows.set(bug.name, { name: bug.name, where: bug.file.split("/").pop(), by });
  console.log(`${by === "nothing" ? "LIVES" : "caught"}  ${bug.name}  by ${by}`);
}

const known = bugs.map((bug) => rows.get(bug.name)).filter(Boolean);
const living = known.filter((row) => row.by === "nothing");
console.log(`${known.length - living.length} of ${bugs.length} caught`);
const table = known.map((row) => `| ${row.name} | ${row.where} | ${row.by} |`).join("\n");
writeFileSync(
  document,
  `# Planted bugs\n\nWhat the simulation and the tests are worth: each of these bugs was planted alone. The simulation is asked first, with ${SCHEDULES} schedules from seed 1 (rare bugs with more). A test is named with its class, and asked first the next time. Made by \`bin/planted\`.\n\n| Bug | Where | Noticed by |\n|---|---|---|\n${table}\n`,
);
process.exit(living.length || known.length < bugs.length ? 1 : 0);
