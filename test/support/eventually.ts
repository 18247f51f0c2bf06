/** `local/` needs it too, and imports nothing of the tests. */
export { eventually } from '../../local/eventually.ts';
