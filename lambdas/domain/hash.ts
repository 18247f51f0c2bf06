/** What looks random but is the same for the same text: whoever decides again comes to the same. */
import { createHash } from 'node:crypto';

export const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** From 0 to below 1. */
export const hashFraction = (text: string): number => sha256(text).readUInt32BE(0) / 2 ** 32;
