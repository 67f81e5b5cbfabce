using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Shop.Accounts;

namespace Shop.Web.Security;

/// <summary>Lets the framework keep its key ring in the database, where every node finds it.</summary>
internal sealed class KeyRingRepository(IServiceScopeFactory scopes) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var scope = scopes.CreateScope();
        return [.. KeyRing.Read(scope.ServiceProvider.GetRequiredService<AccountsDbContext>()).Select(XElement.Parse)];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var scope = scopes.CreateScope();
        KeyRing.Add(scope.ServiceProvider.GetRequiredService<AccountsDbContext>(), friendlyName, element.ToString(SaveOptions.DisableFormatting));
    }
}
