// GET, SET, SERVER, ACCOUNT, CREDENTIAL, SHUTDOWN, ENCRYPTION: servers and their administration.

import { textTable } from '../../../base/text/text-table.ts';
import { invalidParameter } from '../../../language/values/host.ts';
import { datetime, list, none, record } from '../../../language/values/value.ts';
import type { AccountReport } from '../../../model/report.ts';
import type { Pairing } from '../../contract/server-directory.ts';
import { instantText } from '../../text/instant-text.ts';
import { namedOrTarget, serverOrOwn } from '../chosen-server.ts';
import { type CommandContext, type CommandHandlers, success } from '../command-context.ts';

const settingHandlers: CommandHandlers = {
  get: async (given, context) => {
    const server = await serverOrOwn(given.optionalText('server'), context);
    const settings = await server.settings.list();
    const wanted = given.optionalText('name');
    if (wanted === undefined) {
      const rows = settings.map(({ name, value, changeable }) => [
        name,
        value,
        changeable ? '' : 'in server.json alone',
      ]);
      for (const line of textTable(['Setting', 'Value', ''], rows)) context.write(line);
      return record({ code: success, ...Object.fromEntries(settings.map(({ name, value }) => [name, value])) });
    }
    const setting = settings.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
    if (setting === undefined) throw invalidParameter(`there is no setting ${wanted}`, 'GET lists them');
    context.write(`${setting.name} of ${server.name} is ${setting.value}`);
    return setting.value;
  },

  set: async (given, context) => {
    const server = await serverOrOwn(given.optionalText('server'), context);
    await server.settings.change(given.text('name'), given.text('value'));
    context.write(`${given.text('name')} of ${server.name} is ${given.text('value')} from its next start on`);
    return success;
  },
};

const knownServerHandlers: CommandHandlers = {
  'server.add': async (given, context) => {
    const pairing = pairingOf(context);
    const { name, fingerprint } = await pairing.add(given.text('address'), given.secret('code').reveal());
    context.write(`${name} is trusted now, with the fingerprint ${fingerprint}`);
    return record({ code: success, name, fingerprint });
  },

  'server.remove': async (given, context) => {
    const name = given.text('name');
    await pairingOf(context).remove(name);
    context.write(`${name} is not trusted any more: nothing of it is let in, and its open links end`);
    return success;
  },

  'server.list': async (_given, { session, write }) => {
    const servers = await session.knownServers();
    const rows = servers.map(({ name, address, access }) => [name, address ?? '', access]);
    for (const line of textTable(['Server', 'Address', 'Access here'], rows)) write(line);
    return list(servers.map(({ name, address, access }) => record({ name, address: address ?? none, access })));
  },

  'server.group.add': async (given, { serverGroups }) => {
    await serverGroups.add(given.newName('group'), given.text('name'));
    return success;
  },

  'server.group.remove': async (given, { serverGroups }) => {
    const [group, name] = [given.text('group'), given.text('name')];
    if (await serverGroups.remove(group, name)) return success;
    throw invalidParameter(`the group ${group} does not hold ${name}`, 'SERVER GROUP LIST shows the groups');
  },

  'server.group.list': async (given, { serverGroups, write }) => {
    const wanted = given.optionalText('group');
    if (wanted === undefined) {
      const groups = await serverGroups.list();
      for (const line of textTable(
        ['Group', 'Servers'],
        groups.map(({ name, servers }) => [name, servers.join(', ')]),
      )) {
        write(line);
      }
      return list(groups.map(({ name }) => name));
    }
    const group = await serverGroups.find(wanted);
    if (group === undefined)
      throw invalidParameter(`there is no group ${wanted}`, 'SERVER GROUP LIST shows the groups');
    for (const name of group.servers) write(name);
    return list(group.servers);
  },

  shutdown: async (given, { session, write }) => {
    const server = await session.server(given.text('server'));
    await server.process.shutDown();
    write(`${server.name} stops`);
    return success;
  },

  encryption: async (_given, { write }) => {
    write('Encryption: On. Links between two servers use TLS 1.3 with pinned certificates; there is no other way.');
    return 'On';
  },
};

const accountHandlers: CommandHandlers = {
  'account.add': async (given, context) => {
    const server = await serverOrOwn(given.optionalText('server'), context);
    const access = given.choice<AccountReport['access']>('access');
    await server.accounts.add(given.newName('user'), given.secret('password').reveal(), access);
    return success;
  },

  'account.remove': async (given, context) => {
    await (await serverOrOwn(given.optionalText('server'), context)).accounts.remove(given.text('user'));
    return success;
  },

  'account.list': async (given, context) => {
    const accounts = await (await serverOrOwn(given.optionalText('server'), context)).accounts.list();
    for (const line of textTable(
      ['Account', 'Access'],
      accounts.map(({ user, access }) => [user, access]),
    )) {
      context.write(line);
    }
    return list(accounts.map(({ user, access }) => record({ user, access })));
  },
};

const credentialHandlers: CommandHandlers = {
  'credential.set': async (given, context) => {
    const server = await namedOrTarget(given.optionalText('server'), context);
    await server.credentials.set(given.newName('name'), given.secret('secret').reveal());
    return success;
  },

  'credential.test': async (given, context) => {
    const server = await namedOrTarget(given.optionalText('server'), context);
    await server.credentials.test(given.text('name'));
    context.write(`Credential ${given.text('name')} of ${server.name} can be opened`);
    return success;
  },

  'credential.list': async (given, context) => {
    const credentials = await (await namedOrTarget(given.optionalText('server'), context)).credentials.list();
    const rows = credentials.map(({ name, changedMs }) => [name, instantText(changedMs)]);
    for (const line of textTable(['Credential', 'Changed'], rows)) context.write(line);
    return list(credentials.map(({ name, changedMs }) => record({ name, changed: datetime(changedMs) })));
  },

  'credential.remove': async (given, context) => {
    await (await namedOrTarget(given.optionalText('server'), context)).credentials.remove(given.text('name'));
    return success;
  },
};

export const serverHandlers: CommandHandlers = {
  ...settingHandlers,
  ...knownServerHandlers,
  ...accountHandlers,
  ...credentialHandlers,
};

function pairingOf({ session }: CommandContext): Pairing {
  const pairing = session.pairing();
  if (pairing !== undefined) return pairing;
  throw invalidParameter(
    'the servers of this run are made by their names, so there is nothing to pair',
    'set up a server on this home first: understudy init',
  );
}
