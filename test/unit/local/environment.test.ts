import { expect, test } from 'vitest';
import { cdkEnvironment, emulatorEnvironment, PROJECT } from '../../../local/environment.ts';

const CALLER = {
  PATH: '/usr/bin',
  HOME: '/home/someone',
  AWS_PROFILE: 'production',
  AWS_SESSION_TOKEN: 'secret',
  AWS_ENDPOINT_URL: 'http://elsewhere',
  CDK_OUTDIR: '/elsewhere',
};

test('CDK gets nothing of the AWS settings of the caller', () => {
  const env = cdkEnvironment(CALLER, 'http://127.0.0.1:4701');
  expect(env).toMatchObject({
    HOME: '/home/someone',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4701',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:4701',
    AWS_ACCESS_KEY_ID: 'test',
  });
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'CDK_OUTDIR']) expect(env).not.toHaveProperty(name);
});

test('CDK trusts the certificates that the caller names', () => {
  const env = cdkEnvironment({ AWS_CA_BUNDLE: '/certificates' }, 'https://127.0.0.1:4566');
  expect(env).toMatchObject({ AWS_CA_BUNDLE: '/certificates' });
});

test('a cloud may answer for S3 elsewhere', () => {
  const env = cdkEnvironment({}, 'http://localhost:4566', 'http://s3.localhost:4566');
  expect(env).toMatchObject({
    AWS_ENDPOINT_URL: 'http://localhost:4566',
    AWS_ENDPOINT_URL_S3: 'http://s3.localhost:4566',
  });
});

test('the emulator, whose workers inherit its environment, gets no AWS setting at all', () => {
  const env = emulatorEnvironment(CALLER, 4701, '/tmp/emulator');
  expect(Object.keys(env).filter((name) => name.startsWith('AWS_'))).toEqual([]);
});

test('two emulators share neither a port nor a folder', () => {
  const one = emulatorEnvironment(CALLER, 4701, '/tmp/one');
  const two = emulatorEnvironment(CALLER, 4702, '/tmp/two');
  for (const name of ['GATEWAY_PORT', 'TMPDIR', 'STATE_DIR', 'S3_DATA_DIR', 'HOME']) {
    expect(one[name]).toBeDefined();
    expect(one[name]).not.toBe(two[name]);
  }
  expect(one).toMatchObject({ IOT_MTLS_ENABLED: '0', SFTP_ENABLED: '0', BIND_HOST: '127.0.0.1' });
});

test("the project's own Node comes first", () => {
  const bin = `${PROJECT}node_modules/.bin:/usr/bin`;
  expect(cdkEnvironment(CALLER, 'http://x').PATH).toBe(bin);
  expect(emulatorEnvironment(CALLER, 1, '/tmp/x').PATH).toBe(bin);
});
