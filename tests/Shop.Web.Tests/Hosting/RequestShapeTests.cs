using System.Net;
using System.Text;
using Shop.TestKit;

namespace Shop.Web.Tests.Hosting;

/// <summary>What no page takes is refused with a word and without an error of ours (S29).</summary>
public abstract class RequestShapeTests(TestDatabase database) : ShopTests(database)
{
    [Theory]
    [InlineData("TRACE")]
    [InlineData("PROPFIND")]
    public async Task S29_UnusualMethod_IsRefused(string method)
    {
        var page = await Shop.NewVisitor().SendAsync(new HttpRequestMessage(new HttpMethod(method), "/cart"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, page.Status);
    }

    [Theory]
    [InlineData("utf-7")]
    [InlineData("x-made-up")]
    public async Task S29_FormInAnotherEncoding_IsRefused(string charset)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/account/login") { Content = new ByteArrayContent(Encoding.ASCII.GetBytes("UserName=a&Password=b")) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", $"application/x-www-form-urlencoded; charset={charset}");
        var page = await Shop.NewVisitor().SendAsync(request);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, page.Status);
        Assert.NotNull(page.Error);
    }

    [Fact]
    public async Task BooksHealth_AskedByManyAtOnce_AnswersAll()
    {
        var visitor = Shop.NewVisitor();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => visitor.GetAsync("/health/books")));
        Assert.All(answers, answer => Assert.Equal("ok\n", answer.Body));
    }
}

public sealed class RequestShapeTests_Sqlite(SqliteDatabase database) : RequestShapeTests(database), IClassFixture<SqliteDatabase>;

public sealed class RequestShapeTests_Postgres(PostgresDatabase database) : RequestShapeTests(database), IClassFixture<PostgresDatabase>;
