// IDENTITY: which addresses of the source the target takes on when it takes over (guide, ch. 3, Failover Identity). Both
// servers keep the list, so that the source gives the addresses up when it learns of the takeover.
import { list, record } from '../../../language/values/value.ts';
import type { CommandHandlers } from '../command-context.ts';

export const identityHandlers: CommandHandlers = {
  identity: async (given, { session, write }) => {
    const connection = await session.connection(given.value('connection'));
    const target = await session.server(connection.target);
    const retains = given.optionalText('retain') !== undefined;
    const wanted = retains ? [] : given.texts('address');
    const isChange = retains || wanted.length > 0;
    if (isChange) {
      const source = await session.server(connection.source);
      const { addresses: before } = await target.identities.report(connection.jobId);
      await target.identities.set(connection.jobId, wanted);
      try {
        await source.identities.set(connection.jobId, wanted);
      } catch (thrown) {
        await target.identities.set(connection.jobId, before);
        throw thrown;
      }
    }
    const { addresses, isHere } = await target.identities.report(connection.jobId);
    const where = isHere ? `are on ${connection.target}` : `go to ${connection.target} at a failover`;
    write(
      addresses.length === 0
        ? `A failover of connection ${connection.number} leaves both servers the addresses they have`
        : `${addresses.join(', ')} ${where}`,
    );
    return record({ addresses: list(addresses), applied: isHere });
  },
};
