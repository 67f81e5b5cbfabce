using System.Text.Json;
using System.Text.RegularExpressions;
using Shop.Core.Tests.Renewing;
using Shop.TestKit;

namespace Shop.Core.Tests.Closing;

/// <summary>What members take with them.</summary>
public abstract class MemberExportTests(TestDatabase database) : RenewingTests(database)
{
    private async Task<JsonElement> ExportAsync(Person member)
    {
        var file = await Node.ReadAsync(db => Node.Get<MemberExport>().WriteAsync(db, member.Id, Cancel));
        return JsonDocument.Parse(file).RootElement;
    }

    [Fact]
    public async Task Export_HasTheMembersOwn_NothingOfOthersButNames_AndNoSecret()
    {
        var (member, friend) = (await Node.MemberAsync(), await Node.MemberAsync(points: 100));
        await SubscribeAsync(member, recipient: friend.Name);
        Assert.IsType<TransferResult.Sent>(await Node.Get<Transfers>().SendAsync(new TransferWish(friend.Id, member.Name, 60, "for you", true), "form", Cancel));

        var data = await ExportAsync(member);
        Assert.Equal((member.Name, $"{member.Name}@example.org"), (data.GetProperty("account").GetProperty("user_name").GetString(), data.GetProperty("account").GetProperty("email").GetString()));
        Assert.Equal(friend.Name, data.GetProperty("orders")[0].GetProperty("lines")[0].GetProperty("recipient_name").GetString());
        Assert.Equal(("fulfilled", 300), (data.GetProperty("orders")[0].GetProperty("state").GetString(), data.GetProperty("orders")[0].GetProperty("due_minor").GetInt64()));
        Assert.Equal("4242", data.GetProperty("payment_methods")[0].GetProperty("last4").GetString());
        Assert.Equal((60, JsonValueKind.Null), (data.GetProperty("points").GetProperty("balance").GetInt64(), data.GetProperty("transfers")[0].GetProperty("other_name").ValueKind));

        var text = data.GetRawText();
        Assert.DoesNotContain(friend.Name + "@", text, StringComparison.Ordinal);
        foreach (var secret in new[] { Assert.Single(Cards.Methods).Reference.Value, "cus_", "pay_", "hash", "key" })
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Export_EveryFieldIsInTheDocument()
    {
        var told = Regex.Matches(File.ReadAllText(Repository.Path("docs", "member-data.md")), "`([a-z0-9_]+)`").Select(m => m.Groups[1].Value).ToHashSet();
        Assert.Subset(told, FieldsOf(typeof(MemberData), []).ToHashSet());
    }

    private static IEnumerable<string> FieldsOf(Type type, HashSet<Type> seen) => !seen.Add(type) ? [] : type.GetProperties().Where(p => p.CanWrite).SelectMany(p =>
    {
        var inner = p.PropertyType.IsGenericType ? p.PropertyType.GetGenericArguments()[0] : p.PropertyType;
        var own = JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name);
        return inner.Assembly == typeof(MemberData).Assembly ? FieldsOf(inner, seen).Prepend(own) : [own];
    });
}

public sealed class MemberExportTests_Sqlite(SqliteDatabase database) : MemberExportTests(database), IClassFixture<SqliteDatabase>;

public sealed class MemberExportTests_Postgres(PostgresDatabase database) : MemberExportTests(database), IClassFixture<PostgresDatabase>;
