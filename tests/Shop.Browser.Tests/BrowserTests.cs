using Microsoft.Playwright;

namespace Shop.Browser.Tests;

/// <summary>Base of every browser test. A test in which the browser complained, or the shop, has failed.</summary>
public abstract class BrowserTests(BrowserShop shop) : IAsyncLifetime
{
    private readonly List<Person> people = [];

    protected BrowserShop Shop => shop;

    public virtual ValueTask InitializeAsync()
    {
        Assert.SkipWhen(shop.Absent is not null, shop.Absent ?? "");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var faults = people.SelectMany(person => person.Faults).ToList();
        foreach (var person in people)
        {
            await person.DisposeAsync();
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    protected async Task<Person> NewPersonAsync(bool scripts = true) => Watch(await shop.NewPersonAsync(scripts));

    /// <summary>Lets the test fail when this person's browser complains.</summary>
    protected Person Watch(Person person)
    {
        people.Add(person);
        return person;
    }

    protected static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    protected static IPageAssertions Expect(IPage page) => Assertions.Expect(page);
}
