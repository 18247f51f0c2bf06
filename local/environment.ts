/**
 * The environment of the local cloud's programs: none of the caller's AWS settings, and Node 24
 * first in the path.
 */
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('..', import.meta.url));

export const REGION = 'us-east-1';
/** The account of these credentials, in this emulator and in LocalStack. */
export const ACCOUNT = '000000000000';
/** Dummies: real credentials must never reach an endpoint that is not AWS. */
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** Settings of an AWS SDK client for the cloud at an endpoint. */
export const sdkConfig = ({ endpoint }: { readonly endpoint: string }) => ({
  endpoint,
  region: REGION,
  credentials: CREDENTIALS,
});

export type Environment = Record<string, string | undefined>;

/**
 * The project's own programs first: its `node` is the Node 24 that the CDK app and the functions
 * need.
 */
export const path = (env: Environment): string => [`${PROJECT}node_modules/.bin`, env.PATH].join(delimiter);

/**
 * The environment of the CDK CLI that deploys to an endpoint. Some clouds have another endpoint for
 * S3.
 */
export function cdkEnvironment(env: Environment, endpoint: string, s3Endpoint = endpoint): Environment {
  // Certificates are no setting for AWS alone: the endpoint may have one of its own.
  const kept = Object.entries(env).filter(([name]) => !/^(AWS_(?!CA_BUNDLE$)|CDK_)/.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: path(env),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: s3Endpoint,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    // The profiles and endpoints in these files are for AWS.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
}

/**
 * The environment of the emulator. Its Lambda workers inherit it, so it holds only what they need:
 * the caller's `AWS_ENDPOINT_URL` would send their calls elsewhere. It writes only to its own
 * folder.
 */
export function emulatorEnvironment(env: Environment, port: number, folder: string): Environment {
  return {
    PATH: path(env),
    HOME: folder,
    TMPDIR: `${folder}/tmp`,
    STATE_DIR: `${folder}/state`,
    S3_DATA_DIR: `${folder}/s3`,
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    MINISTACK_REGION: REGION,
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    // Both would open a port each.
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    PYTHONUNBUFFERED: '1',
  };
}
