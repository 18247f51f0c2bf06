/** Instead of an engine: tells that it is ready and has claimed something. Its first argument says what it does then. */
const say = (line: object) => console.log(JSON.stringify({ at: Date.now(), ...line }));
say({ type: 'ready' });
if (process.argv[2] === 'ends') process.exit(3);
say({ type: 'claimed', stackId: 'web', operationId: 'create-1', resource: 'server', attempt: 1 });
say({ type: 'fault', during: 'receive', error: {} });
process.stdin.on('end', () => process.exit()).resume();
