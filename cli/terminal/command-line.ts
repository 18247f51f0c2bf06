/** A command to type next. */
import type { DeploymentFlags } from '../locate.ts';

/** What a shell takes as it is. */
const PLAIN = /^[\w.:/@-]+$/;

/** For the same deployment. */
export function commandLine(words: readonly string[], deployment: DeploymentFlags): string {
  const { function: name, stackName, region, local } = deployment;
  const flags = [
    ...(local ? ['--local'] : []),
    ...(name === undefined ? [] : ['--function', name]),
    ...(stackName === undefined ? [] : ['--stack-name', stackName]),
    ...(region === undefined ? [] : ['--region', region]),
  ];
  // Ids may begin with a hyphen; words behind -- are no options.
  const [command = '', ...ids] = words;
  const line = ids.some((id) => id.startsWith('-'))
    ? [command, ...flags, '--', ...ids]
    : [command, ...ids, ...flags];
  return ['stack-timeouts', ...line.map((word) => (PLAIN.test(word) ? word : `'${word}'`))].join(' ');
}
