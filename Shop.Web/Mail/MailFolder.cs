using Microsoft.Extensions.Options;

namespace Shop.Web.Mail;

/// <summary>The folder that mails go to where no server is named. A repeat has the same name and replaces the first.</summary>
internal sealed class MailFolder(IOptions<MailOptions> options, IHostEnvironment environment)
{
    private const string Extension = ".eml";
    private const int Most = 200;

    private string Folder => Path.Combine(environment.ContentRootPath, options.Value.Folder);

    public void Write(string messageId, string content)
    {
        Directory.CreateDirectory(Folder);
        var file = Path.Combine(Folder, messageId.Split('@')[0] + Extension);
        var part = file + ".part";
        // small, and written by the worker: waiting for the disk costs it less than changing threads
        File.WriteAllText(part, content);
        File.Move(part, file, overwrite: true);
    }

    /// <summary>The newest mails, newest first.</summary>
    public async Task<IReadOnlyList<StoredMail>> ListAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Folder))
        {
            return [];
        }

        var files = new DirectoryInfo(Folder).EnumerateFiles("*" + Extension).OrderByDescending(f => f.LastWriteTimeUtc).Take(Most).ToList();
        var mails = new List<StoredMail>(files.Count);
        foreach (var file in files)
        {
            if (MailFile.Read(Path.GetFileNameWithoutExtension(file.Name), await File.ReadAllTextAsync(file.FullName, cancellationToken)) is { } mail)
            {
                mails.Add(mail);
            }
        }

        return mails;
    }
}
