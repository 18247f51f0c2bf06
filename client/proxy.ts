/** The variables that Node.js reads, those in lower case first. */
const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const;
const EXCEPT = ['no_proxy', 'NO_PROXY'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Makes a client of the AWS SDK connect through the proxy that the environment names: HTTPS_PROXY,
 * HTTP_PROXY (for endpoints without TLS) and NO_PROXY, also in lower case. The CLI and a
 * StackTimeoutsClient that is given no `lambda` do so by themselves.
 *
 * ```ts
 * const queue = sqsWorkQueue(new SQSClient({ requestHandler: proxyFromEnvironment() }), workQueueUrl);
 * ```
 *
 * @throws Error if a variable is not the URL of an HTTP proxy.
 */
export function proxyFromEnvironment(env: Environment = process.env) {
  const proxyEnv: Record<string, string | undefined> = {};
  for (const name of VARIABLES) proxyEnv[name] = proxyUrl(name, env[name]);
  for (const name of EXCEPT) proxyEnv[name] = env[name];
  // Settings of the agents that the SDK makes, beside its own.
  return { httpAgent: { proxyEnv }, httpsAgent: { proxyEnv } };
}

/** Node.js ignores what does not begin with http:// or https://, and would connect directly. */
function proxyUrl(name: string, value: string | undefined): string | undefined {
  if (!value) return undefined;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (/^https?:/i.test(url) && URL.canParse(url))
    return url.replace(/^https?:/i, (scheme) => scheme.toLowerCase());
  throw new Error(`${name} must be the URL of an HTTP proxy, such as http://proxy:3128`);
}
