using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace Shop.Core;

/// <summary>"Send me my receipts": for somebody who lost the link. The answer on the page is the same for every address; the mail says the rest.</summary>
public sealed class ReceiptLinks(Writes writes, TimeProvider clock)
{
    /// <summary>The most mails an address is sent in an hour (security.md section 4).</summary>
    public const int MostInAnHour = 3;

    /// <summary>Puts a mail with the links into the outbox, if the address has receipts and has not been sent too many just now.</summary>
    public async Task AskAsync(string email, CancellationToken cancellationToken)
    {
        var address = email.Trim().ToLowerInvariant();
        var prefix = $"receipts:{Codes.Hash(address)[..32]}:";
        await writes.RunAsync(
            async (unit, token) =>
            {
                var now = clock.GetUtcNow();
                var since = now.AddHours(-1);
                var sent = await unit.Db.Outbox.CountAsync(r => r.DedupeKey.StartsWith(prefix) && r.CreatedAt > since, token);
                if (sent < MostInAnHour)
                {
                    var key = string.Create(CultureInfo.InvariantCulture, $"{prefix}{now.ToUnixTimeMilliseconds()}");
                    await Outbox.AddOnceAsync(unit.Db, key, OutboxKinds.ReceiptLinks, new ReceiptLinksMessage(address), now, now, token);
                }
            },
            cancellationToken);
    }
}
