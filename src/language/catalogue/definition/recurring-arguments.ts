// Arguments and choices that several commands share.
import type { Argument, Choice } from './definition.ts';

/** The four ways to mirror (guide, ch. 3, Mirror options). */
export const comparisons: readonly Choice[] = [
  { words: 'NONE', value: 'none' },
  { words: 'ATTRibutes WHOLE', value: 'attributes-whole' },
  { words: 'ATTRibutes DELTA', value: 'attributes-delta' },
  { words: 'DATA DELTA', value: 'data-delta' },
];

/** The guide's range (ch. 3, Compression); ON is level 3. */
export const compressionChoices: readonly Choice[] = [
  { words: 'NONE', value: 'none' },
  { words: 'ON', value: 'on' },
  { words: 'MINIMUM', value: 'minimum' },
  { words: 'MAXIMUM', value: 'maximum' },
];

export const compressionLevel: Argument = {
  name: 'level',
  words: 'LEVEL',
  type: 'integer',
  rule: 'compression level',
  help: 'with ON, how much work compression may be: from 1, the minimum, to 9, the maximum; 3 without it',
};

export const connection: Argument = {
  name: 'connection',
  type: 'connection',
  help: 'the connection; without it, the current one',
};

export const onConnection: Argument = { ...connection, words: 'ON' };

export const onServer: Argument = {
  name: 'server',
  words: 'ON',
  type: 'server',
  help: 'the server; without it, the source, or when none was said the server of this home',
};

export const verifyMode: Argument = {
  name: 'mode',
  type: {
    choice: [
      { words: 'REPort', value: 'report' },
      { words: 'REPAir', value: 'repair' },
    ],
  },
  default: 'report',
  help: 'only report, or send what differs as well',
};

export const interaction: Argument = {
  name: 'interaction',
  type: {
    choice: [
      { words: 'INTERACT', value: 'interact' },
      { words: 'NOINTERACT', value: 'nointeract' },
    ],
  },
  default: 'nointeract',
  help: 'whether it may talk to the desktop; there is none here, so INTERACT is accepted and said to be ignored',
};

export const every: Argument = {
  name: 'every',
  words: 'EVERY',
  type: 'duration',
  rule: 'interval',
  help: 'how often: minutes that divide an hour, hours that divide a day, 1 day or 1 week',
};

export const at: Argument = {
  name: 'at',
  words: 'AT',
  type: 'moment',
  help: 'when: a time of day, or an instant',
};
