using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.TestKit;

namespace Shop.Web.Tests.Security;

/// <summary>
/// Who may open what (S02), in a file that is checked in: tests/Shop.Web.Tests/authorization-matrix.txt. A page that is new, or opens to
/// somebody else than before, fails here until the file says so too. Whose data a page shows is tested beside the page.
/// </summary>
public abstract class AuthorizationMatrixTests(TestDatabase database) : ShopTests(database)
{
    private const string Open = "open";
    private const string SignIn = "sign-in";
    private const string Refused = "refused";

    private static readonly string[] Roles = ["anonymous", "member", .. StaffRoles.All];

    /// <summary>What stands in an address where the route has a parameter.</summary>
    private static readonly Dictionary<string, string> Samples = new(StringComparer.Ordinal)
    {
        ["sku"] = "paid1", ["kind"] = "terms", ["number"] = "nnnnnnnnnnnnnnnnnnnnnnnnnn", ["path"] = "no/such/page", ["gift"] = "1",
    };

    private IEnumerable<RouteEndpoint> Endpoints => Shop.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    [Fact]
    public void S02_EveryEndpoint_HasADecision() => Assert.Empty(Endpoints
        .Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is null && e.Metadata.GetMetadata<IAuthorizeData>() is null && e.Metadata.GetMetadata<AuthorizationPolicy>() is null)
        .Select(e => e.DisplayName));

    [Fact]
    public async Task S02_EveryEndpoint_OpensToThoseTheMatrixNames()
    {
        var visitors = new List<Visitor> { Shop.NewVisitor() };
        foreach (var role in Roles.Skip(1))
        {
            visitors.Add(await WithRoleAsync(role));
        }

        var matrix = new List<string>();
        foreach (var (method, route) in Endpoints.SelectMany(e => Methods(e).Select(method => (Method: method, Route: Route(e))))
            .Distinct().OrderBy(x => x.Route, StringComparer.Ordinal).ThenBy(x => x.Method, StringComparer.Ordinal))
        {
            var answers = new List<(string Role, string Answer)>();
            foreach (var (visitor, role) in visitors.Zip(Roles))
            {
                answers.Add((role, await AskAsync(visitor, method, route)));
            }

            matrix.Add($"{method} {route}: {Line(answers)}");
        }

        var file = Repository.Path("tests", "Shop.Web.Tests", "authorization-matrix.txt");
        var expected = (await File.ReadAllLinesAsync(file, Cancel)).Where(line => line.Length > 0 && !line.StartsWith('#')).ToList();
        var differences = matrix.Except(expected).Select(line => "+ " + line).Concat(expected.Except(matrix).Select(line => "- " + line)).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences.Prepend($"The shop (+) differs from {file} (-):")));
    }

    private static string Line(IReadOnlyCollection<(string Role, string Answer)> answers) => string.Join("; ", answers.GroupBy(a => a.Answer)
        .Select(group => $"{group.Key} {(group.Count() == answers.Count ? "everybody" : string.Join(' ', group.Select(a => a.Role)))}"));

    /// <summary>The pages that GET opens, and the forms that POST sends; an endpoint without methods takes both.</summary>
    private static IEnumerable<string> Methods(RouteEndpoint endpoint) =>
        (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"]).Where(m => m != "HEAD");

    private static string Route(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.TrimStart('/');

    private static async Task<string> AskAsync(Visitor visitor, string method, string route)
    {
        var address = route.Split('/').Select(part => part.StartsWith('{') ? Sample(part) : part);
        using var answer = await visitor.AskAsync(new HttpRequestMessage(new HttpMethod(method), string.Join('/', address)));
        return answer.StatusCode switch
        {
            HttpStatusCode.Redirect when answer.Headers.Location!.OriginalString.Contains("/account/login?returnUrl=", StringComparison.Ordinal) => SignIn,
            HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => Refused,
            >= HttpStatusCode.InternalServerError => $"broken-{(int)answer.StatusCode}",
            _ => Open,
        };
    }

    private static string Sample(string part)
    {
        var name = part.Trim('{', '}', '*').Split(':', '?')[0];
        return Samples.GetValueOrDefault(name, "x");
    }

    private async Task<Visitor> WithRoleAsync(string role)
    {
        var (visitor, name) = await Shop.RegisterAsync();
        if (role == "member")
        {
            return visitor;
        }

        await using var scope = Shop.Services.CreateAsyncScope();
        var roles = scope.ServiceProvider.GetRequiredService<RoleManager<StaffRole>>();
        if (!await roles.RoleExistsAsync(role))
        {
            await roles.CreateAsync(new StaffRole { Name = role });
        }

        var users = scope.ServiceProvider.GetRequiredService<UserManager<Member>>();
        await users.AddToRoleAsync((await users.FindByNameAsync(name))!, role);
        return await Shop.SignInAsync(name);
    }
}

public sealed class AuthorizationMatrixTests_Sqlite(SqliteDatabase database) : AuthorizationMatrixTests(database), IClassFixture<SqliteDatabase>;

public sealed class AuthorizationMatrixTests_Postgres(PostgresDatabase database) : AuthorizationMatrixTests(database), IClassFixture<PostgresDatabase>;
