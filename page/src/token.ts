const KEY = 'tenantlist.token';

/** Where the browser keeps nothing (site data are blocked), a token lasts as long as the page. */
let unkept: string | null = null;

/** Moves a token from the address's fragment into this tab's session, out of sight; true if there was one. */
export function takeToken(): boolean {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) {
    return false;
  }
  history.replaceState(null, '', location.pathname + location.search);
  keepToken(token);
  return true;
}

/** The token of this tab's session, or null. */
export function heldToken(): string | null {
  if (unkept !== null) {
    return unkept;
  }
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function keepToken(token: string): void {
  try {
    sessionStorage.setItem(KEY, token);
    unkept = null;
  } catch {
    forgetToken(); // an older one may be kept
    unkept = token;
  }
}

export function forgetToken(): void {
  unkept = null;
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing is kept there.
  }
}
