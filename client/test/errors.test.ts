import { expect, it } from 'vitest';
import java from '../../protocol/src/main/java/com/tenantlist/live/protocol/ErrorCode.java?raw';
import errors from '../src/errors.ts?raw';

it('knows the codes that the service says no with, and no others', () => {
  const ours = /export type ServiceCode =([^;]*);/.exec(errors)?.[1]?.match(/[A-Z_]{2,}/g) ?? [];
  const theirs = [...java.matchAll(/^ {4}([A-Z_]+)\(\d+\)/gm)].map(([, code]) => code);
  expect(theirs.length).toBeGreaterThan(10);
  expect([...ours].sort()).toEqual([...theirs].sort());
});
