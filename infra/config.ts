/**
 * Checks the settings of a deployment, and reads them from CDK context. The settings themselves are
 * in settings.ts.
 */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';
import {
  APP_SETTINGS,
  DEFAULTS,
  MIN_MARGIN_SECONDS,
  type NumberName,
  type NumberSetting,
  SETTINGS,
  type SettingName,
  type Settings,
} from './settings.ts';

const LOG_PERIODS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

const NAMES = Object.keys(SETTINGS) as SettingName[];

const isNumber = (name: SettingName): name is NumberName => SETTINGS[name].kind === 'number';

/**
 * Fills in the defaults. A setting that is given as undefined counts as left out.
 *
 * @throws Error if a value is not allowed, before anything is deployed
 */
export function resolveSettings(given: Partial<Settings>): Settings {
  const chosen = NAMES.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]);
  const settings: Settings = { ...DEFAULTS, ...Object.fromEntries(chosen) };
  for (const name of NAMES.filter(isNumber)) {
    if (settings[name] !== undefined) checkNumber(name, settings[name]);
  }
  const { nearHorizonSeconds, leadSeconds, logRetentionDays } = settings;
  if (nearHorizonSeconds < leadSeconds + MIN_MARGIN_SECONDS) {
    throw new Error(
      `nearHorizonSeconds must be at least leadSeconds + ${MIN_MARGIN_SECONDS}, so that no schedule is created for the past; ` +
        `${nearHorizonSeconds} is less than ${leadSeconds} + ${MIN_MARGIN_SECONDS}`,
    );
  }
  if (!LOG_PERIODS.includes(logRetentionDays)) {
    throw new Error(`logRetentionDays must be one of ${LOG_PERIODS.join(', ')}, not ${logRetentionDays}`);
  }
  return settings;
}

function checkNumber(name: NumberName, value: unknown): asserts value is number {
  const { min, max }: NumberSetting = SETTINGS[name];
  if (!Number.isInteger(value) || Number(value) < min || Number(value) > max) {
    throw new Error(`${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`);
  }
}

export interface AppSettings extends Partial<Settings> {
  readonly stackName: string;
  /** The SNS topic that alarms notify when they go off and when they end. */
  readonly alarmTopicArn?: string;
  /** The KMS key that encrypts everything that is stored. */
  readonly encryptionKeyArn?: string;
}

/**
 * Reads the app's settings from CDK context (`cdk deploy -c leadSeconds=12`), where every value may
 * be a string.
 */
export function settingsFromContext(node: Node): AppSettings {
  const context: Record<string, unknown> = node.getAllContext();
  refuseUnknown(Object.keys(context));
  const { stackName = APP_SETTINGS.stackName.default, alarmTopicArn, encryptionKeyArn } = context;
  const given = NAMES.filter((name) => context[name] !== undefined).map((name) => {
    const value = context[name];
    return [name, isNumber(name) ? numberOf(name, value) : flagOf(name, value)] as const;
  });
  return {
    stackName: String(stackName),
    ...(alarmTopicArn !== undefined && { alarmTopicArn: String(alarmTopicArn) }),
    ...(encryptionKeyArn !== undefined && { encryptionKeyArn: String(encryptionKeyArn) }),
    ...Object.fromEntries(given),
  };
}

/**
 * CDK ignores context that nobody reads, so a mistyped setting would go unnoticed. The keys of CDK
 * and of its feature flags contain a colon, a slash or a hyphen.
 */
function refuseUnknown(keys: readonly string[]): void {
  const known: readonly string[] = [...NAMES, ...Object.keys(APP_SETTINGS)];
  const unknown = keys.filter((key) => /^\w+$/.test(key) && !known.includes(key));
  if (unknown.length > 0) {
    throw new Error(`unknown setting ${unknown.join(', ')}; the settings are ${known.toSorted().join(', ')}`);
  }
}

function numberOf(name: NumberName, value: unknown): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  checkNumber(name, number);
  return number;
}

function flagOf(name: string, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new Error(`${name} must be true or false, not ${JSON.stringify(value)}`);
}
