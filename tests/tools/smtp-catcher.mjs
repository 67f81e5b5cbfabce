// A mail server that keeps nothing: node smtp-catcher.mjs
// Its first line is {"port": …}; after that each mail it was sent is one line of JSON, as it came over the wire and as a mail program reads it.
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const say = line => process.stdout.write(JSON.stringify(line) + '\n');

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  disableReverseLookup: true,
  onData(stream, session, done) {
    const parts = [];
    stream.on('data', part => parts.push(part));
    stream.on('end', async () => {
      const raw = Buffer.concat(parts);
      const mail = await simpleParser(raw, { skipImageLinks: true });
      say({
        recipients: session.envelope.rcptTo.map(to => to.address),
        head: raw.toString('latin1').split('\r\n\r\n')[0],
        headers: [...new Set(mail.headerLines.map(line => line.key))],
        to: mail.to?.text ?? '',
        subject: mail.subject ?? '',
        messageId: mail.messageId ?? '',
        text: mail.text ?? '',
        html: mail.html || '',
      });
      done();
    });
  },
});
server.on('error', problem => {
  console.error(problem.message);
  if (!server.server.listening) process.exit(1); // a sender that is cut off in the middle is no reason to end
});
server.listen(0, '127.0.0.1', () => say({ port: server.server.address().port }));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0)); // whoever started it is gone
