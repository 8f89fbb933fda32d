import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** What a page that imports this takes, minified, without socket.io-client and the frameworks: bytes as they are, by gzip and by brotli. */
export async function sizeOf(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: src, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['socket.io-client', 'react', 'vue'],
    write: false,
  });
  const bytes = outputFiles[0].contents;
  return { plain: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}

export const SIZES = {
  createLive: "import { createLive } from './index.ts'; globalThis.it = createLive;",
  'createLive and writes': "import { createLive, writes } from './index.ts'; globalThis.it = [createLive, writes];",
  'createLive and events': "import { createLive, events } from './index.ts'; globalThis.it = [createLive, events];",
  'createLive and the React adapter': "import { createLive } from './index.ts'; import * as react from './react.ts'; globalThis.it = [createLive, react];",
  everything: "import * as all from './index.ts'; globalThis.it = all;",
};
