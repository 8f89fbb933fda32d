/** Calls what is not ours: what it throws is reported like an uncaught error, and touches nobody else. */
export function apart(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Who is called back. One that is added twice is called twice; one that has left is not called, also if it left just now. */
export interface Listeners<T> {
  add(listener: (value: T) => void): () => void;
  call(value: T): void;
}

export function listeners<T>(): Listeners<T> {
  const all = new Set<{ readonly call: (value: T) => void }>();
  return {
    add(listener) {
      const entry = { call: listener };
      all.add(entry);
      return () => void all.delete(entry);
    },
    call(value) {
      for (const entry of [...all]) {
        if (all.has(entry)) {
          apart(() => entry.call(value));
        }
      }
    },
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
