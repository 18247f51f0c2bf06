/** Where a listing goes on, as it goes over the wire: opaque to whoever hands it back. */

export const toToken = (position: unknown): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/** Undefined if it is none of ours. */
export function fromToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
}
