namespace Shop.TestKit;

/// <summary>The databases that the shop runs on. Every class of database tests runs on each of them.</summary>
public enum Engine
{
    Sqlite,
    Postgres,
}
