using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Selling;

/// <summary>Sellers, their origins, keys and products, as staff keep them.</summary>
public abstract class SellerDeskTests(TestDatabase database) : SellingTests(database)
{
    private Task<KeyVerdict> ShowAsync(string? key) => Node.ReadAsync(db => Node.Get<SellerKeys>().VerifyAsync(db, key, Cancel));

    private async Task<KeyResult.Made> KeyAsync(KeyScopes scopes = KeyScopes.Read, DateTimeOffset? ends = null) =>
        Assert.IsType<KeyResult.Made>(await Node.Get<SellerKeys>().IssueAsync(SellerId, scopes, ends, Staff.Id, Cancel));

    [Theory]
    [InlineData("https://radio.example", "https://radio.example")]
    [InlineData("https://Radio.Example:443/", "https://radio.example")]
    [InlineData("https://radio.example:8443", "https://radio.example:8443")]
    [InlineData("https://bücher.example", "https://xn--bcher-kva.example")]
    [InlineData("http://radio.example", null)]
    [InlineData("http://localhost:5000", null)]
    [InlineData("https://radio.example/page", null)]
    [InlineData("https://u@radio.example", null)]
    [InlineData("https://*.example", null)]
    [InlineData("radio.example", null)]
    [InlineData("null", null)]
    [InlineData("", null)]
    public void MZ_47_Origin_IsExactlyWhatABrowserWrites(string typed, string? origin) => Assert.Equal(origin, SellerDesk.OriginOf(typed, allowPlain: false));

    [Theory]
    [InlineData("http://localhost:5000", "http://localhost:5000")]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.1:5000")]
    [InlineData("http://radio.example", null)]
    public void MZ_46_PlainHttp_IsForThisMachineAlone_WhereItIsAllowed(string typed, string? origin) => Assert.Equal(origin, SellerDesk.OriginOf(typed, allowPlain: true));

    [Fact]
    public async Task Key_IsShownOnce_AndFoundByItsPrefix()
    {
        var made = await KeyAsync(KeyScopes.Read | KeyScopes.Charges);
        var row = await Node.ReadAsync(db => db.SellerKeys.AsNoTracking().FirstAsync(k => k.Id == made.Id, Cancel));
        Assert.DoesNotContain(made.Secret, row.Hash + row.Prefix, StringComparison.Ordinal);
        var holder = Assert.IsType<KeyVerdict.Good>(await ShowAsync(made.Secret)).Holder;
        Assert.Equal((SellerId, true, true, false), (holder.SellerId, holder.May(KeyScopes.Read), holder.May(KeyScopes.Charges), holder.May(KeyScopes.Refunds)));
        Assert.IsType<KeyVerdict.Unknown>(await ShowAsync(made.Secret[..^1] + (made.Secret[^1] == 'a' ? 'b' : 'a')));
        Assert.IsType<KeyVerdict.Unknown>(await ShowAsync(null));
        Assert.True(SellerKeys.LooksLikeKey(made.Secret));
    }

    [Fact]
    public async Task Key_RunsOut_IsRevoked_AndAnotherIsGoodBesideIt()
    {
        var (ends, other) = (await KeyAsync(ends: Now.AddDays(1)), await KeyAsync());
        Assert.IsType<KeyVerdict.Good>(await ShowAsync(ends.Secret));
        Node.Clock.Advance(TimeSpan.FromDays(1));
        Assert.IsType<KeyVerdict.Expired>(await ShowAsync(ends.Secret));
        Assert.False(await Node.Get<SellerKeys>().RevokeAsync(SellerId + 1, other.Id, Staff.Id, Cancel));
        Assert.True(await Node.Get<SellerKeys>().RevokeAsync(SellerId, other.Id, Staff.Id, Cancel));
        Assert.IsType<KeyVerdict.Revoked>(await ShowAsync(other.Secret));
        Assert.IsType<KeyVerdict.Good>(await ShowAsync((await KeyAsync()).Secret));
    }

    [Fact]
    public async Task Key_LastUse_IsWrittenOnceAnHour()
    {
        var (made, times) = (await KeyAsync(), new List<DateTimeOffset?>());
        foreach (var minutes in new[] { 0, 30, 31 })
        {
            Node.Clock.Advance(TimeSpan.FromMinutes(minutes));
            await ShowAsync(made.Secret);
            times.Add(await Node.ReadAsync(db => db.SellerKeys.Where(k => k.Id == made.Id).Select(k => k.UsedAt).FirstAsync(Cancel)));
        }

        Assert.Equal(times[0], times[1]);
        Assert.True(times[2] > times[1]);
    }

    [Fact]
    public async Task Keys_ManyFormsAtOnce_StayWithinTheirNumber()
    {
        var results = await ShopUnderTest.AtOnceAsync(SellerKeys.Most + 4, _ => Node.Get<SellerKeys>().IssueAsync(SellerId, KeyScopes.Read, null, Staff.Id, Cancel));
        Assert.Equal(SellerKeys.Most, results.Count(r => r is KeyResult.Made));
    }

    [Fact]
    public async Task MZ_15_ProductIds_AreUniqueOverAllSellers()
    {
        var form = OneOff();
        await SellAsync(form);
        await SellAsync(OneOff());
        var refused = Assert.IsType<SellerResult.Refused>(await Desk.AddProductAsync(await SellerAsync("Other"), form, Staff.Id, Cancel));
        Assert.Equal(new SellerProblem(SellerFormField.Code, SellerRefusal.Taken), Assert.Single(refused.Problems));
        Assert.Equal(2, await Node.ReadAsync(db => db.SellerProducts.CountAsync(p => p.SellerId == SellerId, Cancel)));
    }

    [Fact]
    public async Task EveryChange_LeavesARow()
    {
        await KeyAsync();
        await Desk.AddOriginAsync(SellerId, "https://radio.example", false, Staff.Id, Cancel);
        await Desk.AddOriginAsync(SellerId, "https://radio.example", false, Staff.Id, Cancel);
        await SellAsync(OneOff());
        await Desk.ChangeAsync(SellerId, new SellerForm(null, "Renamed", "help@radio.example", "https://radio.example/terms"), Staff.Id, Cancel);
        await Desk.MoveAsync(SellerId, SellerState.Paused, "asked to", Staff.Id, Cancel);
        await Desk.RemoveOriginAsync(SellerId, "https://radio.example", Staff.Id, Cancel);
        Assert.Equal(
            [SellerField.Made, SellerField.Key, SellerField.Origin, SellerField.Product, SellerField.Name, SellerField.State, SellerField.Origin],
            await Node.ReadAsync(db => db.SellerChanges.Where(c => c.SellerId == SellerId).OrderBy(c => c.Id).Select(c => c.Field).ToListAsync(Cancel)));
    }

    [Fact]
    public async Task Forms_ThatAreWrong_SayEveryFault()
    {
        var refused = Assert.IsType<SellerResult.Refused>(await Desk.CreateAsync(new SellerForm("No Good", "", " ", "http://x.example"), Staff.Id, Cancel));
        Assert.Equal([SellerFormField.Handle, SellerFormField.Name, SellerFormField.Contact, SellerFormField.TermsUrl], refused.Problems.Select(p => p.Field));
        var product = Assert.IsType<SellerResult.Refused>(await Desk.AddProductAsync(SellerId, Custom() with { Code = "a b", LeastMinor = 500, MostMinor = 400 }, Staff.Id, Cancel));
        Assert.Equal([SellerFormField.Code, SellerFormField.Most], product.Problems.Select(p => p.Field));
    }
}

public sealed class SellerDeskTests_Sqlite(SqliteDatabase database) : SellerDeskTests(database), IClassFixture<SqliteDatabase>;

public sealed class SellerDeskTests_Postgres(PostgresDatabase database) : SellerDeskTests(database), IClassFixture<PostgresDatabase>;
