using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Shop.Accounts;

/// <summary>
/// A query compiled once (EF.CompileAsyncQuery) for each engine's model. EF otherwise hashes and compares the whole expression each time it runs,
/// which takes longer than SQLite takes to answer. For what every page or every checkout asks.
/// </summary>
public sealed class PerModel<TQuery>(Func<TQuery> compile) where TQuery : Delegate
{
    private readonly ConditionalWeakTable<IModel, TQuery> compiled = [];

    public TQuery For(DbContext db) => compiled.GetValue(db.Model, _ => compile());
}
