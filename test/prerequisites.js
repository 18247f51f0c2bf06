/**
 * Checks what `npm test` needs, before anything runs: Node as `npm ci` installs it, and a Python
 * for the local cloud. JavaScript, so that an older Node can say what is wrong.
 */
const [major] = process.versions.node.split('.').map(Number);

/** @param {string} line */
function refuse(line) {
  console.error(`npm test: ${line}`);
  process.exit(1);
}

if (major !== 24) refuse(`needs the Node 24 that npm ci installs, not ${process.version}: run npm ci first`);
const { findPython } = await import('../local/python.ts');
// Its message goes on with how to install one.
await findPython().catch((error) => refuse(error.message.split('\n')[0]));
