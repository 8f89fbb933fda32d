import { expect, it } from 'vitest';
import { SIZES, sizeOf } from './sizes.mjs';

it('createLive is under 8 KiB compressed, without socket.io-client', { timeout: 60_000 }, async () => {
  const sizes = Object.fromEntries(await Promise.all(Object.entries(SIZES).map(async ([name, code]) => [name, await sizeOf(code)])));
  console.log(Object.entries(sizes).map(([name, { plain, gzip, brotli }]) => `${name}: ${brotli} bytes (brotli), ${gzip} (gzip), ${plain} (minified)`).join('\n'));
  expect(sizes.createLive.brotli).toBeLessThan(8_192);
  expect(sizes.everything.brotli).toBeLessThan(10_240);
});
