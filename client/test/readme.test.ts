import { expect, it } from 'vitest';
import readme from '../README.md?raw';
import { DEFAULTS } from '../src/index.js';

it('the README has the defaults as they are, and each with its unit', () => {
  const table = Object.fromEntries([...readme.matchAll(/^\| `(\w+)` \| ([\d,]+) (?:ms|attempts) \|/gm)].map(([, name, value]) => [name, Number((value as string).replace(/,/g, ''))]));
  expect(table).toEqual(DEFAULTS);
});
