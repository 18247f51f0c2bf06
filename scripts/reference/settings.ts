import {
  APP_SETTINGS,
  type FlagSetting,
  MIN_MARGIN_SECONDS,
  type NumberSetting,
  SETTINGS,
  type TextSetting,
} from '../../infra/settings.ts';
import { code, fenced, page, table } from './markdown.ts';

const INTRODUCTION = `\
Every setting has a default. \`npm run deploy\` takes settings as CDK context:`;

const CONSTRUCT = `\
In a CDK app of your own, pass them as props of the construct (see [CDK](../guides/cdk.md)):`;

const AFTER = `\
\`nearHorizonSeconds\` must be at least \`leadSeconds\` + ${MIN_MARGIN_SECONDS}. A setting that is unknown, out of bounds or of the
wrong type fails at synth, before anything is deployed.`;

const APP = `\
\`npm run deploy\` takes these too. If you set \`stackName\`, give the same name to the CLI with \`--stack-name\`.`;

type Setting = NumberSetting | FlagSetting | TextSetting;

function allowed(setting: Setting): string {
  switch (setting.kind) {
    case 'number':
      return `${setting.min} to ${setting.max}`;
    case 'flag':
      return 'true or false';
    case 'text':
      return 'a string';
  }
}

const settingsTable = (settings: Readonly<Record<string, Setting>>): string =>
  table(
    ['setting', 'default', 'allowed', 'meaning'],
    Object.entries(settings).map(([name, setting]) => [
      code(name),
      setting.default === undefined ? 'none' : code(String(setting.default)),
      allowed(setting),
      setting.meaning,
    ]),
  );

export const settingsPage = (): string =>
  page(
    'infra/settings.ts',
    '# Settings',
    INTRODUCTION,
    fenced('sh', 'npm run deploy -- -c graceSeconds=60 -c retentionDays=90'),
    CONSTRUCT,
    fenced('ts', "new StackTimeouts(this, 'Timeouts', { graceSeconds: 60, retentionDays: 90 });"),
    settingsTable(SETTINGS),
    AFTER,
    '## Settings of the app',
    APP,
    settingsTable(APP_SETTINGS),
  );
