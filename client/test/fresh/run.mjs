// Packs the client and uses it as others would: in Node, in a plain page and in a Vite + React app, each a fresh project. Prints what
// came of each; exits 1 if one fails.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const client = fileURLToPath(new URL('../../', import.meta.url));
const { devDependencies } = JSON.parse(readFileSync(`${client}package.json`, 'utf8'));
const directory = mkdtempSync(join(tmpdir(), 'client-fresh-'));

const run = (cwd, command, ...args) => {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${error.stdout}\n${error.stderr}`);
  }
};

/** A project with these files, and the packed client and others installed. */
function project(name, tarball, packages, files) {
  const path = join(directory, name);
  for (const [file, text] of Object.entries({ 'package.json': JSON.stringify({ name, private: true, type: 'module' }), ...files })) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  const versions = packages.map((each) => `${each}@${devDependencies[each]}`);
  run(path, 'npm', 'install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...versions);
  return path;
}

const must = (holds, what) => {
  if (!holds) {
    throw new Error(what);
  }
};

function node(tarball) {
  const path = project('node', tarball, ['socket.io-msgpack-parser'], {
    'main.js': `
      import { createLive, DEFAULTS, events, LiveError, writes } from 'tenantlist-live-client';
      import { parser } from 'tenantlist-live-client/msgpack';
      import { testLive } from 'tenantlist-live-client/testing';
      try {
        createLive({ pollInterval: -1 });
      } catch (error) {
        console.log(error.name + ': ' + error.message);
      }
      const real = createLive({ url: 'http://127.0.0.1:1', parser });
      const let_go = real.retain();
      await real.until('offline');
      console.log('nobody there: ' + real.get().connection.reason);
      let_go();
      real.end();
      const { live, service } = testLive({ businesses: [{ id: 'b1', name: 'Mill' }], kpis: { landlordViews: 7 } });
      live.retain();
      await live.until('live');
      await writes(live).businesses.update('b1', { name: 'Old Mill' });
      service.count('b1', { views_count: 1 });
      await live.until(({ kpis }) => kpis.landlordViews === 8);
      console.log(live.get().businesses[0].name + ', ' + live.get().kpis.landlordViews + ' views');
      live.end();
    `,
  });
  const said = run(path, process.execPath, 'main.js');
  must(said.includes('RangeError: pollInterval is -1') && said.includes('Old Mill, 8 views'), said);
  return said.trim();
}

function plainPage(tarball) {
  const path = project('plain', tarball, ['esbuild', 'happy-dom'], {
    'index.html': '<!doctype html><title>Views</title><output>…</output><script type="module" src="page.js"></script>',
    'main.js': `
      import { createLive } from 'tenantlist-live-client';
      const live = createLive();
      const show = () => (document.querySelector('output').textContent = live.get().connection.state);
      live.subscribe(show);
      live.retain();
      globalThis.addEventListener('pagehide', () => live.end());
    `,
    'look.js': `
      import { readFileSync } from 'node:fs';
      import { Window } from 'happy-dom';
      const window = new Window({ url: 'http://127.0.0.1:1/' });
      window.document.write(readFileSync('index.html', 'utf8').replace(/<script.*/, ''));
      globalThis.window = window;
      globalThis.document = window.document;
      globalThis.location = window.location;
      globalThis.addEventListener = (type, listener) => type === 'pagehide' && (globalThis.leave = listener);
      await import('./page.js');
      console.log('the page says: ' + window.document.querySelector('output').textContent);
      globalThis.leave();
      console.log('the page says: ' + window.document.querySelector('output').textContent);
      await window.happyDOM.close();
      process.exit(0);
    `,
  });
  run(path, 'npx', 'esbuild', 'main.js', '--bundle', '--minify', '--format=esm', '--outfile=page.js');
  const said = run(path, process.execPath, 'look.js');
  must(said.includes('the page says: recovering') && said.includes('the page says: ended'), said);
  return `${said.trim()}\npage.js: ${statSync(join(path, 'page.js')).size} bytes with socket.io-client`;
}

function viteAndReact(tarball) {
  const path = project('vite', tarball, ['vite', 'react', 'react-dom', 'typescript', '@types/react', '@types/react-dom'], {
    'index.html': '<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>',
    'tsconfig.json': JSON.stringify({
      compilerOptions: { target: 'ES2022', lib: ['ES2022', 'DOM', 'DOM.Iterable'], module: 'ESNext', moduleResolution: 'bundler', jsx: 'react-jsx', strict: true, noEmit: true, exactOptionalPropertyTypes: true },
      include: ['src'],
    }),
    'src/main.tsx': `
      import { StrictMode } from 'react';
      import { createRoot } from 'react-dom/client';
      import { createLive } from 'tenantlist-live-client';
      import { LiveProvider, useBusiness, useConnection, useLive } from 'tenantlist-live-client/react';

      const live = createLive({ token: async ({ signal }) => (await fetch('/token', { signal })).text() });

      function Views() {
        return <b>{useLive(({ kpis }) => kpis?.landlordViews)}</b>;
      }
      function Row({ id }: { id: string }) {
        return <li>{useBusiness(id)?.name}</li>;
      }
      function Page() {
        const { state, reason } = useConnection();
        const ids = useLive(({ businesses }) => businesses.map(({ id }) => id), (a, b) => a.join() === b.join());
        return <><Views /><ul>{ids.map((id) => <Row key={id} id={id} />)}</ul><small>{state} {reason}</small></>;
      }
      createRoot(document.getElementById('root')!).render(<StrictMode><LiveProvider client={live}><Page /></LiveProvider></StrictMode>);
    `,
  });
  run(path, 'npx', 'tsc');
  run(path, 'npx', 'vite', 'build', '--logLevel', 'error');
  const assets = readdirSync(join(path, 'dist/assets')).filter((name) => name.endsWith('.js'));
  const code = assets.map((name) => readFileSync(join(path, 'dist/assets', name), 'utf8')).join('');
  must(code.includes('/api/dashboard/tenant') && !code.includes('IDEMPOTENCY_KEY_REUSED'), 'the bundle has not what the page uses, or more');
  return `tsc and vite build pass: ${code.length} bytes with React and socket.io-client, without what the page does not use`;
}

try {
  run(client, 'npm', 'run', '--silent', 'build');
  const packed = JSON.parse(run(client, 'npm', 'pack', '--json', '--pack-destination', directory));
  const [{ filename, size }] = Array.isArray(packed) ? packed : Object.values(packed);
  console.log(`packed: ${size} bytes`);
  for (const [name, use] of Object.entries({ Node: node, 'a plain page': plainPage, 'Vite + React': viteAndReact })) {
    console.log(`\n${name}\n${use(join(directory, filename))}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
