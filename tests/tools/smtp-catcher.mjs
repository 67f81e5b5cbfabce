// A mail server that keeps nothing: node smtp-catcher.mjs [options as JSON]
// Its first line is {"port": …}; after that each mail it was sent is one line of JSON, as it came over the wire and as a mail program reads it.
// Options: key, cert (PEM: STARTTLS is offered), user, password (nobody else may send, and not before STARTTLS), refuse (mailboxes it does not have),
// busy (mailboxes that it turns away for now, the first time they are named).
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const options = JSON.parse(process.argv[2] ?? '{}');
const say = line => process.stdout.write(JSON.stringify(line) + '\n');
const busy = new Set(options.busy ?? []);
const problem = (code, words) => Object.assign(new Error(words), { responseCode: code });

const server = new SMTPServer({
  key: options.key,
  cert: options.cert,
  authOptional: !options.user,
  disabledCommands: options.key ? [] : ['STARTTLS'],
  disableReverseLookup: true,
  onAuth(auth, session, done) {
    const right = session.secure && auth.username === options.user && auth.password === options.password;
    done(right ? null : problem(535, 'not you'), { user: auth.username });
  },
  onRcptTo(to, session, done) {
    if (options.refuse?.includes(to.address)) return done(problem(550, `no such user: ${to.address}`));
    if (busy.delete(to.address)) return done(problem(450, 'later'));
    done();
  },
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
        secure: session.secure,
        user: session.user ?? null,
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
