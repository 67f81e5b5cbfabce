using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption;
using Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel;
using Microsoft.Extensions.Options;
using Shop.Core;
using Shop.Web.Paywall;

namespace Shop.Benchmarks;

/// <summary>
/// Readers who have paid come again and again (parity/taler.md): at the published shop's own resources, at a page of another site, and the check alone. All of them have
/// paid by its pages, with the sandbox. Who has not, and whose money was given back, is let in nowhere.
/// </summary>
internal static class SessionBench
{
    public const string Command = "sessions";

    /// <summary>What a check out of the cache must reach each second: at another site's page, and by itself.</summary>
    private const double Least = 10_000;

    private const int PageBytes = 1500;
    private const int FileBytes = 2000;

    /// <summary>Fewer orders of one key than a minute allows at once; each reader of the other site orders twice.</summary>
    private const int ReadersOfAKey = 7;

    private const string Secret = "the far side of the moon";
    private const string BankKey = "bench-bank-key-00";

    /// <summary>What is let in so long after a refund at another node has been asked for before.</summary>
    private static readonly TimeSpan OnItsWay = TimeSpan.FromMilliseconds(250);

    public static async Task<SessionReport> RunAsync(BenchSettings settings, string folder)
    {
        var program = settings.Shop ?? throw new InvalidOperationException("--shop must name the published shop; eng/bench.sh publishes one.");
        var load = await Machine.LoadAsync();
        await using var place = await Place.MakeAsync(settings, folder);
        await ShopServer.MigrateAsync(settings, program, folder, place.Database);
        var environment = new Dictionary<string, string> { ["Shop__Role"] = "web", ["Payments__Sandbox__ApiKey"] = BankKey };
        SessionReport report;
        await using (var shop = await ShopServer.StartAsync(settings, program, folder, place.Database, environment: environment))
        {
            await using var node = new OtherNode(place, shop.Port, BankKey);
            report = await new Run(settings, folder, place, shop, node).MeasureAsync(load);
        }

        return await ShopServer.CheckAsync(settings, program, folder, place.Database) is { } broken ? report with { Faults = [.. report.Faults, broken] } : report;
    }

    /// <summary>Who reads: a browser with its cookies, and the session that its cookie holds.</summary>
    private sealed record Reader(Cookies Cookies, string Session, string Order);

    private sealed class Run(BenchSettings settings, string folder, Place place, ShopServer shop, OtherNode node)
    {
        private readonly List<SessionRow> rows = [];
        private readonly List<string> faults = [];
        private readonly Dictionary<string, long> writes = [];

        /// <summary>Seconds: so long the runtime compiles what is hot, as it would have before any busy hour.</summary>
        private double WarmUp => Math.Max(5, settings.Seconds / 2);

        public async Task<SessionReport> MeasureAsync(string load)
        {
            await place.MembersAsync(1);
            var staff = await place.NumberAsync("SELECT max(id) FROM members");
            var (text, file) = await node.MakeResourcesAsync($"## Tides\n\n{string.Concat(Enumerable.Repeat("What the sea does twice a day. ", 30))}\n\n**{Secret}**", new byte[FileBytes], staff);
            var (ofText, ofFile) = ($"/r/{text}", $"/r/{file}");
            var wires = await OpenAsync();
            var readers = await BuyAsync(wires, shop.Port, ofText, settings.Sessions + 1);
            var owners = await BuyAsync(wires, shop.Port, ofFile, settings.Sessions);
            var (back, rest) = (readers[0], readers[1..]);

            await AtShopAsync(wires, "the shop's page of a text", ofText, rest, Secret);
            await AtShopAsync(wires, "a file of the shop, 2 kB", $"{ofFile}/file", owners, "");
            var seenAfter = await RefundAsync(wires, ofText, rest, back, staff);
            await StrangersAsync(ofText, $"{ofFile}/file");
            await AloneAsync(text, rest);
            var forgotAfter = await AtSiteAsync(staff);
            wires.ForEach(wire => wire.Dispose());
            faults.AddRange(rows.Where(row => row.Name.StartsWith('*') && row.Timing.PerSecond < Least).Select(row => $"{row.Name}: {row.Timing.PerSecond:F0}/s, not {Least}"));
            if (writes.Count > 0)
            {
                faults.Add("The shop wrote while it only checked.");
            }

            return new SessionReport
            {
                Engine = settings.Engine == DatabaseEngine.Sqlite ? "sqlite" : "postgres",
                At = TimeProvider.System.GetUtcNow(),
                Cores = Environment.ProcessorCount,
                LoadBefore = load,
                Sessions = settings.Sessions,
                Connections = settings.Connections,
                Rows = rows,
                Writes = writes,
                RefundSeenAfter = seenAfter,
                SiteForgotAfter = forgotAfter,
                Faults = faults,
            };
        }

        private async Task<List<Wire>> OpenAsync()
        {
            var wires = new List<Wire>();
            for (var i = 0; i < settings.Connections; i++)
            {
                wires.Add(await Wire.OpenAsync(shop.Port));
            }

            return wires;
        }

        /// <summary>So many browsers that have paid for what is at this address of the shop or of another site.</summary>
        private async Task<List<Reader>> BuyAsync(IReadOnlyList<Wire> wires, int port, string path, int count)
        {
            var (left, made) = (count, new ConcurrentBag<Reader>());
            var (_, _, failures) = await Load.RunAsync(wires, async wire =>
            {
                if (Interlocked.Decrement(ref left) < 0)
                {
                    return false;
                }

                // the browser asks the storefront, and pays at the shop: for another site a second browser might, and its cookies are none of the site's
                var (own, isShops) = (new Cookies(), port == shop.Port);
                using var storefront = await Wire.OpenAsync(port);
                storefront.Cookies = own;
                wire.Cookies = isShops ? own : new Cookies();
                await storefront.GetAsync(path);
                Buying.Expect("first visit", storefront.Last, storefront.Last is { Status: 302, Location: { } to } && to.StartsWith("/orders/", StringComparison.Ordinal));
                var wall = storefront.Last.Location!;
                await Buying.PayForReadingAsync(wire, wall);
                await storefront.GetAsync(path);
                Buying.Expect("paid", storefront.Last, storefront.Last.Status == 200);
                made.Add(new Reader(own, Between(wall, "session_id=", '&'), Between(wall, "/orders/", '?')));
                return true;
            });
            return failures.Count == 0 ? [.. made] : throw failures[0];
        }

        private async Task AtShopAsync(IReadOnlyList<Wire> wires, string name, string path, List<Reader> readers, string says)
        {
            var cookies = readers.ConvertAll(reader => reader.Cookies);
            await Load.PageAsync(wires, path, WarmUp, cookies);
            if (wires[0].Last.Body.IndexOf(Encoding.UTF8.GetBytes(says)) < 0)
            {
                faults.Add($"{name} is not what was paid for.");
            }

            var (counts, usage) = (await shop.CountsAsync(), shop.Usage());
            var timing = await Load.PageAsync(wires, path, settings.Seconds, cookies);
            var (cpu, after) = (shop.Usage().Cpu - usage.Cpu, await shop.CountsAsync());
            rows.Add(new SessionRow(name, timing, cpu.TotalMicroseconds / timing.Count, (double)(after[StartupHook.Queries] - counts[StartupHook.Queries]) / timing.Count));
            Note(counts, after);
        }

        private void Note(IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> after)
        {
            foreach (var (unit, count) in after.Where(count => count.Key.StartsWith("shop.writes/", StringComparison.Ordinal) && count.Value != before.GetValueOrDefault(count.Key)))
            {
                writes[unit] = writes.GetValueOrDefault(unit) + count - before.GetValueOrDefault(unit);
            }
        }

        /// <summary>While others read, one's money is given back at another node. Returns how long after that was begun this one was let in for the last time, in milliseconds.</summary>
        private async Task<double> RefundAsync(IReadOnlyList<Wire> wires, string path, List<Reader> others, Reader back, long staff)
        {
            var reading = Load.PageAsync(wires, path, 4, others.ConvertAll(reader => reader.Cookies));
            using var wire = await Wire.OpenAsync(shop.Port);
            wire.Cookies = back.Cookies;
            await wire.GetAsync(path);
            Buying.Expect("before the refund", wire.Last, wire.Last.Status == 200);
            var (begun, last, done) = (Stopwatch.StartNew(), TimeSpan.Zero, TimeSpan.MaxValue);
            var refund = node.RefundAsync(back.Order, staff);
            while (!reading.IsCompleted || !refund.IsCompleted)
            {
                done = refund.IsCompleted && done == TimeSpan.MaxValue ? begun.Elapsed : done;
                var asked = begun.Elapsed;
                await wire.GetAsync($"{path}?o={back.Order}");
                if (IsContent(wire.Last))
                {
                    last = asked;
                }

                await Task.Delay(10);
            }

            await refund;
            await reading;
            if (done < TimeSpan.MaxValue && last > done + PaidSessions.Often + OnItsWay)
            {
                faults.Add($"A session whose money was given back was let in {(last - done).TotalMilliseconds:F0} ms later.");
            }

            if (IsContent(wire.Last))
            {
                faults.Add("A session whose money was given back is let in.");
            }

            return last.TotalMilliseconds;
        }

        /// <summary>Whoever has not paid: without a cookie, with a wrong one, and with an order of their own that is not paid.</summary>
        private async Task StrangersAsync(params string[] paths)
        {
            using var wire = await Wire.OpenAsync(shop.Port);
            var (unpaid, wrong) = (new Cookies(), new Cookies());
            wrong.Keep("__Host-session=CfDJ8NotSealedByThisShop; path=/"u8);
            foreach (var cookies in new[] { unpaid, unpaid, wrong })
            {
                foreach (var path in paths)
                {
                    wire.Cookies = cookies;
                    await wire.GetAsync(path);
                    if (IsContent(wire.Last) || wire.Last.Status != 302)
                    {
                        faults.Add($"{path}: who has not paid was answered {wire.Last.Status}.");
                    }
                }
            }
        }

        /// <summary>The two parts of a check without a server around them, on all cores: the seal of the cookie, and what the node remembers.</summary>
        private async Task AloneAsync(string resource, List<Reader> readers)
        {
            var protection = DataProtectionProvider.Create(Directory.CreateDirectory(Path.Combine(folder, "alone")), ring => ring.UseCryptographicAlgorithms(
                new AuthenticatedEncryptorConfiguration { EncryptionAlgorithm = EncryptionAlgorithm.AES_256_GCM }));
            var options = Options.Create(new PaywallOptions());
            var (sessions, paid) = (new PaywallSession(options, protection), node.Get<PaidSessions>());
            var sealing = protection.CreateProtector("Shop.Paywall.Session");
            var requests = readers.ConvertAll(reader => $"{options.Value.Cookie.Name}={sealing.Protect(reader.Session)}");

            string Unseal(int reader)
            {
                var context = new DefaultHttpContext();
                context.Request.Headers.Cookie = requests[reader];
                return sessions.Find(context) ?? throw new InvalidOperationException("A cookie was not known.");
            }

            async ValueTask LookAsync(string session)
            {
                if (await paid.OrderAsync(resource, null, session, CancellationToken.None) is null)
                {
                    throw new InvalidOperationException("A session that has paid was not known.");
                }
            }

            await OnAllCoresAsync("*the check alone: cookie and look-up", readers.Count, reader => LookAsync(Unseal(reader)));
            await OnAllCoresAsync("of it the cookie", readers.Count, reader =>
            {
                Unseal(reader);
                return ValueTask.CompletedTask;
            });
            await OnAllCoresAsync("of it the look-up", readers.Count, reader => LookAsync(readers[reader].Session));
        }

        private async Task OnAllCoresAsync(string name, int readers, Func<int, ValueTask> check)
        {
            await ForAsync(1);
            var used = Environment.CpuUsage.TotalTime;
            var timing = await ForAsync(Math.Min(settings.Seconds, 3));
            rows.Add(new SessionRow(name, timing, (Environment.CpuUsage.TotalTime - used).TotalMicroseconds / timing.Count, null));

            async Task<Timing> ForAsync(double seconds)
            {
                var (clock, end) = (Stopwatch.StartNew(), Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency));
                var each = await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(core => Task.Run(async () =>
                {
                    var ticks = new List<long>(1_000_000);
                    for (var (reader, at) = (core, Stopwatch.GetTimestamp()); at < end; reader = (reader + 1) % readers)
                    {
                        await check(reader);
                        var now = Stopwatch.GetTimestamp();
                        ticks.Add(now - at);
                        at = now;
                    }

                    return ticks;
                })));
                return Timing.Of(each.SelectMany(ticks => ticks), clock.Elapsed);
            }
        }

        /// <summary>A page of another site behind the paywall, beside the same page without. Returns how long it let in whose money was given back, in seconds.</summary>
        private async Task<double> AtSiteAsync(long staff)
        {
            var keys = await KeysAsync(staff, ((settings.Sessions + 1) / ReadersOfAKey) + 1);
            var port = ShopServer.FreePort();
            var url = $"http://127.0.0.1:{port}";
            Environment.SetEnvironmentVariable(GuardedSite.KeysVariable, string.Join(',', keys));
            await using var site = PageProcess.Start(port, GuardedSite.Command, url, $"http://127.0.0.1:{shop.Port}/", Path.Combine(folder, "site"));
            var (wires, path) = (await site.OpenAsync(settings.Connections), GuardedSite.PathOf(PageBytes));
            var buyers = await OpenAsync();
            var readers = await BuyAsync(buyers, port, path, settings.Sessions + 1);
            var (back, rest) = (readers[0], readers[1..].ConvertAll(reader => reader.Cookies));
            buyers.ForEach(wire => wire.Dispose());

            var counts = await shop.CountsAsync();
            foreach (var (name, at, cookies) in new[] { ("*a page of another site, behind the paywall", path, rest), ("the same page, open to all", GuardedSite.OpenPathOf(PageBytes), null) })
            {
                await Load.PageAsync(wires, at, WarmUp, cookies);
                var usage = site.Usage();
                var timing = await Load.PageAsync(wires, at, settings.Seconds, cookies);
                rows.Add(new SessionRow(name, timing, (site.Usage().Cpu - usage.Cpu).TotalMicroseconds / timing.Count, null));
            }

            Note(counts, await shop.CountsAsync());
            wires[0].Cookies = new Cookies();
            await wires[0].GetAsync(path);
            if (IsContent(wires[0].Last))
            {
                faults.Add("The other site let in who has not paid.");
            }

            await node.RefundAsync(back.Order, staff);
            var refunded = Stopwatch.StartNew();
            wires[0].Cookies = back.Cookies;
            var kept = new PaywallOptions().KeptFor;
            do
            {
                await Task.Delay(100);
                await wires[0].GetAsync(path);
            }
            while (IsContent(wires[0].Last) && refunded.Elapsed < kept * 2);

            if (refunded.Elapsed > kept + OnItsWay)
            {
                faults.Add($"The other site let in whose money was given back {refunded.Elapsed.TotalSeconds:F0} s ago.");
            }

            wires.ForEach(wire => wire.Dispose());
            return refunded.Elapsed.TotalSeconds;
        }

        private async Task<List<string>> KeysAsync(long staff, int count)
        {
            var at = TimeProvider.System.GetUtcNow();
            var seller = new Seller { Handle = "site", Name = "Another site", Contact = "help@site.example", EmbedKey = "pk_" + Codes.New(20), MadeBy = staff, MadeAt = at };
            await place.AddAsync([seller]);
            var secrets = Enumerable.Range(0, count).Select(_ => Codes.New(10)).Select(prefix => (Prefix: prefix, Secret: $"ds_{prefix}_{Codes.New(32)}")).ToList();
            await place.AddAsync(secrets.Select(s => new SellerKey
            {
                SellerId = seller.Id, Prefix = s.Prefix, Hash = Codes.Hash(s.Secret), Scopes = KeyScopes.Read | KeyScopes.Charges, MadeAt = at, MadeBy = staff, UsedAt = at,
            }));
            return secrets.ConvertAll(s => s.Secret);
        }

        private static bool IsContent(Answer answer) => answer.Status == 200 || answer.Body.IndexOf(Encoding.ASCII.GetBytes(Secret)) >= 0;

        private static string Between(string text, string before, char after)
        {
            var from = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
            var to = text.IndexOf(after, from);
            return text[from..(to < 0 ? text.Length : to)];
        }
    }
}
