using System.Net;
using Shop.TestKit;

namespace Shop.Core.Tests.Resources;

/// <summary>The matrix of states and credentials: the whole of it against the table of parity/taler.md, written down here by hand.</summary>
public abstract class MatrixTests(TestDatabase database) : ResourceCase(database)
{
    private static readonly MatrixCredential[] Credentials = Enum.GetValues<MatrixCredential>();

    public static TheoryData<string, int[]> Rows => new(StatusMatrix.Rows.Select(row => (row.Order, row.Json)));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task TF_28_TF_29_TF_33_TF_35_TF_36_EveryStateAndCredential_IsAnsweredAsTheTableSays(string row, int[] expected)
    {
        var session = Session();
        var (number, hash) = await OrderAsync(row, session);
        var token = row.Contains(", T", StringComparison.Ordinal) ? await Matrix.TokenAsync(number, Cancel) : null;
        foreach (var (credential, status) in Credentials.Zip(expected).Where(x => x.Second > 0))
        {
            var (t, h) = credential switch
            {
                MatrixCredential.RightToken => (token ?? "x", null),
                MatrixCredential.WrongToken => ("not the token", (string?)null),
                MatrixCredential.RightHash => (null, hash),
                MatrixCredential.WrongHash => (null, "NOTTHEHASH"),
                _ => ((string?)null, null),
            };
            var answer = await Matrix.PageAsync(number, t, h, session, html: false, Cancel);
            Assert.True(status == Status(answer, html: false), $"{row}, {credential}: {answer}");
        }
    }

    [Fact]
    public async Task TF_38_InABrowser_TheAddressOfTheEarlierOrder()
    {
        var session = Session();
        var (number, _) = await OrderAsync("unclaimed, T, already paid", session);
        foreach (var token in new[] { null, await Matrix.TokenAsync(number, Cancel) })
        {
            var answer = Assert.IsType<MatrixAnswer.AlreadyPaid>(await Matrix.PageAsync(number, token, null, session, html: true, Cancel));
            Assert.Equal(("https://paper.example/a", 302), (answer.Url, Status(answer, html: true)));
        }
    }

    /// <summary>P1: every pair is answered, and with one of the statuses that there are.</summary>
    [Fact]
    public void P1_EveryCombination_HasAnAnswer()
    {
        int[] allowed = [200, 202, 302, 402, 403, 404];
        var states = Enum.GetValues<MatrixState>()
            .SelectMany(state => Flags().SelectMany(t => Flags().SelectMany(r => Flags().Select(p => new MatrixSituation(state, t, r, p)))))
            .Cast<MatrixSituation?>().Append(null);
        foreach (var (state, credential, html) in from s in states from c in Credentials from h in Flags() select (s, c, h))
        {
            var status = (int)MatrixTable.StatusOf(MatrixTable.Answer(state, credential, html), html);
            Assert.Contains(status, allowed);
            Assert.False(credential is MatrixCredential.WrongToken or MatrixCredential.WrongHash && state is not null && status != 403, $"{state} {credential}");
        }

        static bool[] Flags() => [false, true];
    }

    /// <summary>P1 again, with whatever a request may bring.</summary>
    [Fact]
    public async Task P1_WhateverIsBrought_IsAnswered()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (session, orders) = (Session(), new List<(string Number, string? Hash)>());
        foreach (var row in new[] { "unclaimed, T, reorder", "claimed, T", "paid, T", "paid", "over" })
        {
            orders.Add(await OrderAsync(row, session));
        }

        for (var i = 0; i < 200; i++)
        {
            var (number, hash) = orders[random.Next(orders.Count)];
            var brought = new[] { null, "", " ", "x", new string('ä', 300), "\0", hash, await Matrix.TokenAsync(number, Cancel), number };
            string? Any() => brought[random.Next(brought.Length)];
            var answer = await Matrix.PageAsync(random.Next(8) == 0 ? Any() ?? "" : number, Any(), Any(), random.Next(2) == 0 ? session : Any(), random.Next(2) == 0, Cancel);
            Assert.Contains(Status(answer, html: false), new[] { 200, 202, 402, 403, 404 });
        }
    }

    [Fact]
    public async Task D8_OrderWithoutToken_NeedsNone_AndAWrongOneIsRefused()
    {
        var session = Session();
        foreach (var (row, expected) in new[] { ("unclaimed", 402), ("claimed", 402), ("paid", 200) })
        {
            var (number, hash) = await OrderAsync(row, session);
            Assert.Equal(expected, Status(await Matrix.PageAsync(number, null, null, session, html: false, Cancel), html: false));
            Assert.Equal(403, Status(await Matrix.PageAsync(number, "x", null, session, html: false, Cancel), html: false));
            Assert.Equal(403, Status(await Matrix.PageAsync(number, "x", hash, session, html: false, Cancel), html: false));
        }
    }

    [Fact]
    public async Task D9_PaidOrder_ItsTokenIsAsGoodAsItsHash_AndAWrongOneIsRefused()
    {
        var session = Session();
        var (number, hash) = await OrderAsync("paid, T", session);
        foreach (var (token, contract) in new[] { (await Matrix.TokenAsync(number, Cancel), null), (null, hash), (await Matrix.TokenAsync(number, Cancel), hash) })
        {
            var paid = Assert.IsType<MatrixAnswer.Paid>(await Matrix.PageAsync(number, token, contract, session, html: false, Cancel));
            Assert.StartsWith("https://paper.example/", paid.Order.FulfillmentUrl, StringComparison.Ordinal);
        }

        Assert.IsType<MatrixAnswer.Refused>(await Matrix.PageAsync(number, "x", null, session, html: false, Cancel));
        Assert.IsType<MatrixAnswer.Refused>(await Matrix.PageAsync(number, "x", hash, session, html: false, Cancel));
    }

    private static int Status(MatrixAnswer answer, bool html) => (int)(answer switch
    {
        MatrixAnswer.Unknown => HttpStatusCode.NotFound,
        MatrixAnswer.Refused => HttpStatusCode.Forbidden,
        MatrixAnswer.Reorder => HttpStatusCode.Accepted,
        MatrixAnswer.Paid => HttpStatusCode.OK,
        MatrixAnswer.AlreadyPaid when html => HttpStatusCode.Found,
        _ => HttpStatusCode.PaymentRequired,
    });

    private async Task<(string Number, string? Hash)> OrderAsync(string row, string session)
    {
        if (row == "unknown")
        {
            return (Codes.New(26), null);
        }

        if (row.Contains("already paid", StringComparison.Ordinal))
        {
            await PayAsync((await MadeAsync(Other())).Number, session);
        }

        var wish = Other(row.Contains("already", StringComparison.Ordinal) ? "https://paper.example/a" : $"https://paper.example/{Codes.New(6)}") with
        {
            WithToken = row.Contains(", T", StringComparison.Ordinal),
            ReorderUrl = row.Contains("reorder", StringComparison.Ordinal) ? "https://paper.example/again" : null,
        };
        var number = (await MadeAsync(wish)).Number;
        if (row.StartsWith("claimed", StringComparison.Ordinal))
        {
            Assert.Equal(number, await Matrix.ClaimAsync(number, wish.WithToken ? await Matrix.TokenAsync(number, Cancel) : null, null, Visitor(session), session, Cancel));
        }
        else if (row.StartsWith("paid", StringComparison.Ordinal))
        {
            Assert.Equal(number, await Matrix.ClaimAsync(number, wish.WithToken ? await Matrix.TokenAsync(number, Cancel) : null, null, Visitor(session), session, Cancel));
            await PayAsync(number, session);
        }
        else if (row.StartsWith("over", StringComparison.Ordinal))
        {
            await Shop.Get<OrderEnding>().CancelAsync((await Shop.OrderAsync(number)).Order.Id, "test", Cancel);
        }

        return (number, (await RowAsync(number)).ContractHash);
    }
}

public sealed class MatrixTests_Sqlite(SqliteDatabase database) : MatrixTests(database), IClassFixture<SqliteDatabase>;

public sealed class MatrixTests_Postgres(PostgresDatabase database) : MatrixTests(database), IClassFixture<PostgresDatabase>;
