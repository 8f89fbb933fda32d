/** What a client is told of the world around it. */
export interface SurroundingsListener {
  /** The tab is looked at again, or came back from where the browser had put it. */
  woken(): void;
  online(): void;
  offline(): void;
}

/** Listens to the browser until the returned function is called; where there is none, nothing ever happens. */
export function listenToSurroundings(listener: SurroundingsListener): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined') {
    return () => {};
  }
  const ending = new AbortController();
  const { signal } = ending;
  const woken = () => listener.woken();
  document.addEventListener('visibilitychange', () => document.hidden || listener.woken(), { signal });
  document.addEventListener('resume', woken, { signal });
  window.addEventListener('pageshow', (event) => event.persisted && listener.woken(), { signal });
  window.addEventListener('online', () => listener.online(), { signal });
  window.addEventListener('offline', () => listener.offline(), { signal });
  return () => ending.abort();
}

/** Whether the tab is in the background. */
listenToSurroundings.isHidden = (): boolean => typeof document !== 'undefined' && document.hidden;

/** Whether the device says that it has no network. */
listenToSurroundings.isOffline = (): boolean => typeof navigator !== 'undefined' && navigator.onLine === false;
