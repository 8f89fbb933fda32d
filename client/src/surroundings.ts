/** What may happen around a client. */
export type Surrounding =
  /** The tab is looked at again, or came back from where the browser had put it. */
  'woken' | 'hidden' | 'online' | 'offline';

/** The browser, or another place that may be looked away from or lose its network. */
export interface Surroundings {
  /** Tells until the returned function is called. */
  listen(tell: (what: Surrounding) => void): () => void;
  isHidden(): boolean;
  isOffline(): boolean;
}

/** Of the browser; where there is none, nothing ever happens. */
export const browser: Surroundings = {
  listen(tell) {
    if (typeof document === 'undefined') {
      return () => {};
    }
    const looked = (event: Event) => {
      // A page that has just been loaded did not come back.
      if ((event as PageTransitionEvent).persisted !== false) {
        tell(document.hidden ? 'hidden' : 'woken');
      }
    };
    const network = (event: Event) => tell(event.type as 'online' | 'offline');
    const all: [EventTarget, string, (event: Event) => void][] = [
      [window, 'pageshow', looked],
      [window, 'focus', looked],
      [document, 'visibilitychange', looked],
      [document, 'resume', looked],
      [window, 'online', network],
      [window, 'offline', network],
    ];
    all.forEach(([target, type, listener]) => target.addEventListener(type, listener));
    return () => all.forEach(([target, type, listener]) => target.removeEventListener(type, listener));
  },
  isHidden: () => typeof document !== 'undefined' && document.hidden,
  isOffline: () => typeof navigator !== 'undefined' && navigator.onLine === false,
};
