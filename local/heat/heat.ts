/** A real Heat on this machine, without Keystone: MariaDB, RabbitMQ, the API and its engines. */
import { type ChildProcess, execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { PROJECT } from '../environment.ts';
import { eventually } from '../eventually.ts';
import { aborted } from '../interruption.ts';
import { killGroup, run, start } from '../processes.ts';
import { freePort } from '../tcp-port.ts';
import { installPackages } from '../virtual-environment.ts';
import { HOME, unpackPackages } from './debian.ts';

const SOURCES = `${PROJECT}local/heat`;
const TENANT = 'demo';
/** Engines report that they are alive this often. */
const REPORT_SECONDS = 3;

type Row = readonly string[];

export interface Heat {
  readonly databaseUrl: string;
  readonly brokerUrl: string;
  /** The folder of its logs. */
  readonly logs: string;
  /** The exceptions in the engines' logs, since the start. */
  tracebacks(): Promise<string[]>;
  /** Runs SQL on Heat's database. */
  sql(query: string): Promise<Row[]>;
  /** Calls Heat's API. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Starts engines, unless they run, and waits until they listen. */
  startEngines(): Promise<void>;
  /** Kills all engines at once. */
  killEngines(): void;
  /** Kills one engine's worker. */
  killWorker(): Promise<void>;
  startBroker(): Promise<void>;
  killBroker(): void;
  startDatabase(): Promise<void>;
  killDatabase(): void;
  stop(): Promise<void>;
}

/** Installs what is missing. Resolves with the root folder of Debian's packages, and Heat's Python. */
export async function installHeat(
  signal: AbortSignal,
  log: (line: string) => void = console.error,
): Promise<[root: string, python: string]> {
  await mkdir(`${HOME}/log`, { recursive: true });
  return Promise.all([
    unpackPackages(signal, log),
    installPackages(
      { name: 'openstack-heat', module: 'heat', requirements: `${SOURCES}/requirements.txt` },
      { logFile: `${HOME}/log/pip.log`, signal, log },
    ),
  ]);
}

/**
 * @param options folders for data, which are removed, and for logs; another Heat at the same time
 * needs others.
 */
export async function startHeat(
  signal: AbortSignal,
  { folder = `${HOME}/run`, logs = `${HOME}/log` } = {},
): Promise<Heat> {
  const [root, python] = await installHeat(signal);
  for (const name of [logs, folder]) await rm(name, { recursive: true, force: true });
  await mkdir(logs, { recursive: true });
  for (const name of ['mysql', 'mysql-tmp', 'rabbit']) await mkdir(`${folder}/${name}`, { recursive: true });
  const ports = { db: 0, amqp: 0, epmd: 0, dist: 0, api: 0 };
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
  const lib = globSync(`${root}/usr/lib/*-linux-gnu`).join(':');
  const erlang = `${root}/usr/lib/erlang`;
  const bin = globSync(`${erlang}/erts-*/bin`)[0] as string;
  const env = {
    PATH: `${erlang}/bin:${root}/usr/bin:${process.env.PATH}`,
    LD_LIBRARY_PATH: lib,
    HOME: folder,
    ERL_ROOTDIR: erlang,
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'heat@localhost',
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(ports.dist),
    RABBITMQ_MNESIA_BASE: `${folder}/rabbit`,
    RABBITMQ_LOG_BASE: logs,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/enabled_plugins`,
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq`,
    RABBITMQ_PID_FILE: `${folder}/rabbitmq.pid`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none',
  };
  await writeFile(`${folder}/rabbitmq.conf`, '');
  await writeFile(`${folder}/enabled_plugins`, '[].');
  const processes = new Map<string, ChildProcess>();
  const spawn = (
    name: string,
    command: string,
    args: readonly string[],
    environment = env,
    logFile = `${logs}/${name}.log`,
  ) => {
    const child = start(python, {
      args: [`${SOURCES}/supervise.py`, command, ...args],
      cwd: folder,
      env: environment,
      logFile,
    });
    processes.set(name, child);
  };
  const kill = (name: string) => {
    const child = processes.get(name);
    if (child) killGroup(child);
    processes.delete(name);
  };
  const socket = `${folder}/mysql.sock`;
  const client = ['--no-defaults', '-uroot', `-S${socket}`, '--batch', '--skip-column-names'];
  const sqlOf = async (database: readonly string[], query: string): Promise<Row[]> => {
    const args = [...client, ...database, '-e', query];
    const { stdout } = await promisify(execFile)(`${root}/usr/bin/mariadb`, args, { env });
    const text = stdout.trimEnd();
    return text === '' ? [] : text.split('\n').map((line) => line.split('\t'));
  };
  const sql = (query: string) => sqlOf(['heat'], query);
  const base = [
    '--no-defaults',
    `--basedir=${root}/usr`,
    `--lc-messages-dir=${root}/usr/share/mysql`,
    `--datadir=${folder}/mysql`,
    // At its start a server removes the temporary tables of others from it.
    `--tmpdir=${folder}/mysql-tmp`,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
  const startDatabase = async () => {
    spawn('mariadb', `${root}/usr/sbin/mariadbd`, [
      ...base,
      `--socket=${socket}`,
      '--bind-address=127.0.0.1',
      `--port=${ports.db}`,
      `--pid-file=${folder}/mysql.pid`,
      `--plugin-dir=${root}/usr/lib/mysql/plugin`,
      '--innodb-buffer-pool-size=64M',
      '--innodb-flush-log-at-trx-commit=2',
      '--max-connections=200',
    ]);
    await eventually(() => sqlOf([], 'SELECT 1'), { within: 60_000 });
  };
  const startBroker = async () => {
    spawn('rabbitmq', globSync(`${root}/usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server`)[0] as string, []);
    await eventually(() => answers(ports.amqp), { within: 60_000 });
  };
  const api = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`http://127.0.0.1:${ports.api}/v1/${TENANT}${path}`, {
      method,
      headers: { 'X-Auth-User': 'demo', 'X-Auth-Project': TENANT, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(70_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    // Where there is nothing to say, Heat answers with a page for people.
    return (text.startsWith('{') ? JSON.parse(text) : undefined) as T;
  };
  const conf = `${folder}/heat.conf`;
  const venv = python.slice(0, -'/bin/python'.length);
  const pythonEnv = { ...env, LD_LIBRARY_PATH: '', PATH: process.env.PATH as string };
  let starts = 0;
  const startEngines = async () => {
    if (processes.has('heat-engine')) return;
    starts += 1;
    const [[since]] = (await sql('SELECT UTC_TIMESTAMP(6)')) as [Row];
    const args = [`${venv}/bin/heat-engine`, '--config-file', conf];
    spawn('heat-engine', python, args, pythonEnv, `${logs}/heat-engine.${starts}.log`);
    // What is sent before the engines listen is lost. A worker writes its row once it listens.
    await eventually(
      async () => {
        const [[count]] = (await sql(`SELECT COUNT(*) FROM service WHERE updated_at > '${since}'`)) as [Row];
        if (Number(count) < 2) throw new Error('the engines do not listen yet');
      },
      { within: 60_000 },
    );
  };
  const heat: Heat = {
    databaseUrl: `mysql://heat:heat@127.0.0.1:${ports.db}/heat`,
    brokerUrl: `amqp://guest:guest@127.0.0.1:${ports.amqp}/`,
    logs,
    async tracebacks() {
      const texts = globSync(`${logs}/heat-engine.*.log`).map((file) => readFile(file, 'utf8'));
      return (await Promise.all(texts)).flatMap(exceptionsIn);
    },
    sql,
    api,
    startEngines,
    killEngines: () => kill('heat-engine'),
    async killWorker() {
      const [worker] = await workersOf(processes.get('heat-engine')?.pid);
      if (worker === undefined) throw new Error('there is no worker to kill');
      process.kill(worker, 'SIGKILL');
    },
    startBroker,
    killBroker: () => kill('rabbitmq'),
    startDatabase,
    killDatabase: () => kill('mariadb'),
    async stop() {
      for (const name of [...processes.keys()]) kill(name);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    spawn('epmd', `${bin}/epmd`, ['-address', '127.0.0.1', '-port', String(ports.epmd)]);
    await run(`${root}/usr/bin/mariadb-install-db`, {
      args: [...base, '--auth-root-authentication-method=normal', '--skip-test-db', '--force'],
      env,
      logFile: `${logs}/mariadb-install-db.log`,
      signal,
    });
    await Promise.race([Promise.all([startDatabase(), startBroker()]), aborted(signal)]);
    await sqlOf(
      [],
      "CREATE DATABASE heat CHARACTER SET utf8mb3; GRANT ALL ON heat.* TO heat@'127.0.0.1' IDENTIFIED BY 'heat'",
    );
    await writeFile(conf, heatConf(ports, venv));
    const manage = { logFile: `${logs}/heat-manage.log`, signal, env: pythonEnv };
    await run(python, { args: [`${venv}/bin/heat-manage`, '--config-file', conf, 'db_sync'], ...manage });
    spawn('heat-api', python, [`${SOURCES}/serve.py`, String(ports.api), '--config-file', conf], pythonEnv);
    const started = Promise.all([startEngines(), eventually(() => answers(ports.api), { within: 60_000 })]);
    await Promise.race([started, aborted(signal)]);
    return heat;
  } catch (error) {
    await heat.stop();
    throw error;
  }
}

/** The last lines of the tracebacks in a log: the exceptions. */
function exceptionsIn(text: string): string[] {
  // `2026-11-29 12:40:40.775 19578 ERROR heat.engine.resource Traceback (most recent call last):`
  const lines = text.split('\n').map((line) => line.replace(/^\S+ \S+ \d+ (?:ERROR|TRACE) \S+ /, ''));
  return lines.flatMap((line, start) => {
    if (!line.startsWith('Traceback (most recent call last)')) return [];
    return lines.slice(start + 1).find((one) => /^\S/.test(one)) ?? line;
  });
}

/** The processes that engines do their work in. */
async function workersOf(group: number | undefined): Promise<number[]> {
  const found = globSync('/proc/[0-9]*/stat').map(async (file) => {
    // `9791 (heat-engine: Ser) S 9619 9485 …`: pid, name, state, parent, process group.
    const stat = await readFile(file, 'utf8').catch(() => '');
    const command = await readFile(file.replace(/stat$/, 'cmdline'), 'utf8').catch(() => '');
    const [pid = '', , , , pgrp] = stat.replace(/\(.*\)/, 'name').split(' ');
    return Number(pgrp) === group && command.includes(' worker(') ? [Number(pid)] : [];
  });
  return (await Promise.all(found)).flat();
}

async function answers(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(void socket.destroy()));
    socket.on('error', reject);
  });
}

const heatConf = (ports: { amqp: number; db: number; api: number }, venv: string) => `[DEFAULT]
host = heat-test
transport_url = rabbit://guest:guest@127.0.0.1:${ports.amqp}/
auth_encryption_key = 0123456789abcdef0123456789abcdef
num_engine_workers = 2
periodic_interval = ${REPORT_SECONDS}
use_stderr = true
heat_metadata_server_url = http://127.0.0.1:${ports.api}
heat_waitcondition_server_url = http://127.0.0.1:${ports.api}/v1/waitcondition
stack_user_domain_name = heat
stack_domain_admin = heat_domain_admin
stack_domain_admin_password = secret
deferred_auth_method = password
keystone_backend = heat.engine.clients.os.keystone.fake_keystoneclient.FakeKeystoneClient
max_stacks_per_tenant = 2000
executor_thread_pool_size = 256
[database]
connection = mysql+pymysql://heat:heat@127.0.0.1:${ports.db}/heat
max_pool_size = 50
[paste_deploy]
flavor = noauth
api_paste_config = ${venv}/etc/heat/api-paste.ini
[oslo_messaging_notifications]
driver = messagingv2
topics = notifications
[oslo_messaging_rabbit]
rabbit_quorum_queue = false
[oslo_policy]
enforce_new_defaults = false
[cache]
enabled = false
`;
