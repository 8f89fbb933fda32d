const KEY = 'tenantlist.token';

/** Moves a token from the address's fragment into this tab's session, out of sight; true if there was one. */
export function takeToken(): boolean {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) {
    return false;
  }
  keepToken(token);
  history.replaceState(null, '', location.pathname + location.search);
  return true;
}

/** The token of this tab's session, or null. */
export function heldToken(): string | null {
  return sessionStorage.getItem(KEY);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}
